# kind value: note it in the manifest
record "$1" "$2"
