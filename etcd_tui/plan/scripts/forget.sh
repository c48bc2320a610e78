# The last step: nothing of ours is left, so the record goes too, the cluster's name last of all.
if [ -f "$state/manifest" ]; then
  while read -r kind path; do
    # Somebody keeps something in this folder of ours: it is theirs now, and our group is gone.
    if [ "$kind" = dir ] && [ -d "$root$path" ]; then chown 0:0 "$root$path"; unrecord dir "$path"; fi
  done <"$state/manifest"
  if grep -qvxF -e "cluster $1" "$state/manifest"; then
    echo "still recorded: $(tr '\n' ';' <"$state/manifest")" >&2
    exit 70
  fi
fi
rm -rf "$state"
rm -f "$lock"
