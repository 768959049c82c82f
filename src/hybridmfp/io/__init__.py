"""Read recordings and cohorts from files, and write them."""

from hybridmfp.io.atomic import atomic_file, atomic_folder
from hybridmfp.io.c3d import read_c3d
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.cached_recording import read_cached
from hybridmfp.io.generic import is_generic_folder, read_generic
from hybridmfp.io.generic_writer import write_cohort
from hybridmfp.io.hashing import StatIndex, file_sha256, key_of
from hybridmfp.io.mvnx import read_mvnx
from hybridmfp.io.open_cohort import open_cohort
from hybridmfp.io.ulimb import is_ulimb_folder, read_ulimb
from hybridmfp.io.ulimb_writer import write_ulimb

__all__ = [
    "ContentCache",
    "StatIndex",
    "atomic_file",
    "atomic_folder",
    "file_sha256",
    "is_generic_folder",
    "is_ulimb_folder",
    "key_of",
    "open_cohort",
    "read_c3d",
    "read_cached",
    "read_generic",
    "read_mvnx",
    "read_ulimb",
    "write_cohort",
    "write_ulimb",
]
