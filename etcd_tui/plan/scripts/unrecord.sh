# kind value: take it out of the manifest
unrecord "$1" "$2"
