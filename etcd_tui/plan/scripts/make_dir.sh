# path owner group mode kind; kind is "dir" or "data"
path=$1 owner=$2 group=$3 mode=$4 kind=$5
[ ! -L "$path" ] || die 67 "$path is a symbolic link"
was=no; [ ! -d "$path" ] || was=yes
if [ $was = yes ] && ! recorded dir "$path"; then
  # It was here before us: remember how it looked.
  case " $(cut -d' ' -f1,2 "$state/manifest" 2>/dev/null | tr '\n' ' ')" in
    *" dir-was ${path#"$root"} "*) ;;
    *) record dir-was "$path $(stat -c '%a %U %G' "$path")" ;;
  esac
fi
missing='' above=$path
while [ ! -d "$above" ]; do missing="$above $missing"; above=${above%/*}; above=${above:-/}; done
set --
for new in $missing; do set -- "$@" "dir ${new#"$root"}"; done
[ "$kind" = dir ] || set -- "$@" "data ${path#"$root"}"
record_entries "$@"
for new in $missing; do
  if [ "$new" = "$path" ]; then mkdir -m "$mode" "$new"; else mkdir -m 755 "$new"; fi
done
# What root makes is root's, unless the folder above gives it to its own group.
[ $was = no ] && [ "$owner:$group" = root:root ] && [ ! -g "$path" ] || chown "$owner:$group" "$path"
[ $was = no ] && [ ! -g "$path" ] || chmod "$mode" "$path"
relabel "$path"
