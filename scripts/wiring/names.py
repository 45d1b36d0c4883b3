"""Names of the files that declarations are and become."""

DECLARATION = "functions.toml"
MERGE = "merge.yaml"
CHALICE = ".chalice"
CONFIG = "config.json"
# Written without being asked for.
STAGES = ("dev", "prod")
