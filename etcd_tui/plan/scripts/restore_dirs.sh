# folders, deepest first: those that install made go if they are empty, the others look as before
for path in "$@"; do
  if recorded dir "$path"; then
    [ ! -d "$path" ] || rmdir -- "$path" 2>/dev/null || { echo "$path is not empty and stays" >&2; continue; }
    unrecord dir "$path"
    continue
  fi
  was=$(while read -r kind at rest; do
    if [ "$kind $at" = "dir-was ${path#"$root"}" ]; then printf %s "$rest"; break; fi
  done <"$state/manifest")
  [ -n "$was" ] || continue
  if [ -d "$path" ] && [ ! -L "$path" ]; then
    # shellcheck disable=SC2086 # "mode owner group", three words of our own record
    set_back() { chown "$2:$3" "$path"; chmod "$1" "$path"; }; set_back $was
  fi
  unrecord dir-was "$path $was"
done
