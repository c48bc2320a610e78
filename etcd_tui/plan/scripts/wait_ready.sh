# deadline; runs without the lock: it changes nothing and may take minutes
end=$(($(date +%s) + $1)) first=
# shellcheck disable=SC2154 # eval assigns what systemctl shows
while :; do
  eval "$(systemctl show etcd.service -p ActiveState -p SubState -p NRestarts -p Job | sed 's/=\(.*\)/="\1"/')"
  [ -n "$first" ] || first=$NRestarts
  if [ "$ActiveState/$SubState" = active/running ] && [ "${Job:-0}" = 0 ]; then exit 0; fi
  if [ "$ActiveState" = failed ]; then echo "the unit failed" >&2; exit 70; fi
  if [ "$ActiveState" = inactive ] && [ "${Job:-0}" = 0 ]; then echo "the unit stopped" >&2; exit 70; fi
  if [ "$((NRestarts - first))" -ge 2 ]; then echo "the unit keeps failing and restarting" >&2; exit 70; fi
  if [ "$(date +%s)" -ge "$end" ]; then echo "no quorum after $1 s" >&2; exit 71; fi
  printf .
  sleep 0.1
done
