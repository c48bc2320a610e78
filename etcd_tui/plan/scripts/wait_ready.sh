# deadline; runs without the lock: it changes nothing and may take minutes
seconds() { read -r now _ </proc/uptime; now=${now%.*}; }
# A sign of life every ten seconds, for whoever finds the host held by this run.
held=${ETCD_TUI_ROOT-}/run/etcd-tui.held
alive() { REPLY=; [ ! -e "$held" ] || read -r REPLY <"$held" || :; [ "$REPLY" != "${holder--}" ] || echo >>"$held"; }
seconds; end=$((now + $1)) next=$((now + 10)) first=
while :; do
  active='' sub='' restarts=0 job=''
  while IFS='=' read -r key value; do
    case $key in ActiveState) active=$value ;; SubState) sub=$value ;; NRestarts) restarts=$value ;; Job) job=$value ;; esac
  done <<EOF
$(systemctl show etcd.service -p ActiveState -p SubState -p NRestarts -p Job)
EOF
  [ -n "$first" ] || first=$restarts
  if [ "$active/$sub" = active/running ] && [ "${job:-0}" = 0 ]; then exit 0; fi
  if [ "$active" = failed ]; then echo "the unit failed" >&2; exit 70; fi
  if [ "$active" = inactive ] && [ "${job:-0}" = 0 ]; then echo "the unit stopped" >&2; exit 70; fi
  if [ "$((restarts - first))" -ge 2 ]; then echo "the unit keeps failing and restarting" >&2; exit 70; fi
  seconds
  if [ "$now" -ge "$end" ]; then echo "no quorum after $1 s" >&2; exit 71; fi
  if [ "$now" -ge "$next" ]; then next=$((now + 10)); alive; fi
  printf .
  sleep 0.1
done
