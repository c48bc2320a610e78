# The last step: nothing of ours is left, so the record goes too.
unrecord cluster "$1"
if [ -s "$state/manifest" ]; then
  echo "still recorded: $(tr '\n' ';' <"$state/manifest")" >&2
  record cluster "$1"
  exit 70
fi
rm -rf "$state"
rm -f /run/etcd-tui.lock
