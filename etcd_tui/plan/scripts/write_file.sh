# path size sha256 owner group mode expect created; content on standard input
path=$1 size=$2 sum=$3 owner=$4 group=$5 mode=$6 expect=$7 created=$8
dir=${path%/*}
temp=$(mktemp "$dir/.etcd-tui.XXXXXX")
trap 'rm -f "$temp"' EXIT
trap 'exit 129' HUP INT TERM PIPE
cat >"$temp"
got=$(sha256sum <"$temp")
if [ "${got%% *}" != "$sum" ]; then
  [ "$(wc -c <"$temp")" -eq "$size" ] || die 65 "the content arrived incomplete"
  die 65 "the content arrived damaged"
fi
if [ -n "$expect" ]; then
  was=$(sha256sum <"$path") || :
  case ${was%% *} in
    "$expect" | "$sum") ;; # the second: an earlier try of this very step
    *) die 66 "$path changed since it was looked at" ;;
  esac
fi
# What root makes is root's, unless the folder gives it to its own group.
[ "$owner:$group" = root:root ] && [ ! -g "$dir" ] || chown "$owner:$group" "$temp"
chmod "$mode" "$temp"
record_with=$temp
if [ "$created" = no ]; then record_entries; else record file "$path"; fi
mv -fT "$temp" "$path"
durable "$dir"
relabel "$path"
