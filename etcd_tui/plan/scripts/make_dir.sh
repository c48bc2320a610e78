# path owner group mode kind; kind is "dir" or "data"
path=$1 owner=$2 group=$3 mode=$4 kind=$5
[ ! -L "$path" ] || die 67 "$path is a symbolic link"
if [ -d "$path" ] && ! recorded dir "$path"; then
  # It was here before us: remember how it looked.
  case " $(cut -d' ' -f1,2 "$state/manifest" 2>/dev/null | tr '\n' ' ')" in
    *" dir-was ${path#"$root"} "*) ;;
    *) record dir-was "$path $(stat -c '%a %U %G' "$path")" ;;
  esac
fi
missing='' above=$path
while [ ! -d "$above" ]; do missing="$above $missing"; above=${above%/*}; above=${above:-/}; done
for new in $missing; do
  record dir "$new"
  mkdir -m 755 "$new"
done
[ "$kind" = dir ] || record data "$path"
chown "$owner:$group" "$path"
chmod "$mode" "$path"
relabel "$path"
