"""What a Fugl-Meyer score means: stratum, change, plan, prognosis, cause, digital twin.

Everything here holds for FMA-UE, 0 to 66 points, and refuses other scales by name.
"""
