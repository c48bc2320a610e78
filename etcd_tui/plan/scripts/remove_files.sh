# files; only those that install recorded as its own
for path in "$@"; do
  recorded file "$path" || die 67 "$path was not made by etcd-tui"
  rm -f -- "$path"
  unrecord file "$path"
done
systemctl daemon-reload
systemctl reset-failed etcd.service 2>/dev/null || :
unrecord unit etcd.service
