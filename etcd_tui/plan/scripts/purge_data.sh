# data folder; emptied only if install recorded it as its own and it is really the folder itself
path=$1
# Done by an earlier try of this very step
if ! recorded data "$path" && [ -z "$(ls -A "$path" 2>/dev/null)" ]; then exit 0; fi
recorded data "$path" || die 67 "$path is not a data folder of etcd-tui"
if [ -e "$path" ] || [ -L "$path" ]; then
  [ ! -L "$path" ] && [ "$(cd "$path" && pwd -P)" = "$path" ] || die 67 "$path is not the folder itself"
  find "$path" -mindepth 1 -xdev -delete
fi
unrecord data "$path"
