# files; only those that install recorded as its own
for path in "$@"; do
  # Gone by an earlier try of this very step
  if [ ! -e "$path" ] && [ ! -L "$path" ] && ! recorded file "$path"; then continue; fi
  recorded file "$path" || die 67 "$path was not made by etcd-tui"
  rm -f -- "$path"
  unrecord file "$path"
done
systemctl daemon-reload
systemctl reset-failed etcd.service 2>/dev/null || :
unrecord unit etcd.service
