"""Usage: python validate_cyclonedx.py FILE: prints what is against a bill of materials by CycloneDX's own schema, or nothing."""

import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

with open(sys.argv[1], encoding="utf-8") as file:
    errors = JsonStrictValidator(SchemaVersion.V1_5).validate_str(file.read())
if errors is not None:
    print(errors)
