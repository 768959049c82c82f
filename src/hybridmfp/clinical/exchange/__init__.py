"""Outputs for other systems: a FHIR R4 bundle, tables as CSV and XLSX."""

from hybridmfp.clinical.exchange.bundle import fhir_bundle
from hybridmfp.clinical.exchange.bundle_file import read_fhir, write_fhir
from hybridmfp.clinical.exchange.bundle_reading import ratings_from_bundle
from hybridmfp.clinical.exchange.course_tables import CourseTables, course_tables
from hybridmfp.clinical.exchange.table_files import write_csv, write_xlsx
from hybridmfp.clinical.exchange.validation import validated_bundle

__all__ = [
    "CourseTables",
    "course_tables",
    "fhir_bundle",
    "ratings_from_bundle",
    "read_fhir",
    "validated_bundle",
    "write_csv",
    "write_fhir",
    "write_xlsx",
]
