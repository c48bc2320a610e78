# id seconds what: hold this host for a drill. With `stop` its etcd is stopped until the drill ends,
# with `kill` it is killed before, as by a crash.
# systemd knows the way back before it stops anything: whatever ends this unit (the time, an order,
# a kill), its ExecStopPost starts etcd. Nothing of ours runs on the host meanwhile, but a sleep.
id=$1 seconds=$2 what=$3 drill=etcd-tui-drill.service
value() { systemctl show "$1" -p "$2" | cut -d= -f2-; }
recorded unit etcd.service || die 65 "etcd.service is not from etcd-tui"
command -v systemd-run >/dev/null 2>&1 || die 69 "systemd-run is missing"
if [ -e "$root/run/systemd/transient/$drill" ]; then
  [ "$(value "$drill" Description)" = "etcd-tui drill $id" ] || die 73 "another drill is under way"
  # An earlier try of this very step may still be on its way.
  systemctl start "$drill"
else
  for wanted in ActiveState=active UnitFileState=enabled; do
    [ "$(value etcd.service "${wanted%=*}")" = "${wanted#*=}" ] || die 66 "etcd.service is not ${wanted#*=}"
  done
  case $(value etcd.service Job) in '' | 0) ;; *) die 66 "etcd.service is being started or stopped" ;; esac
  ctl=$(command -v systemctl)
  set --
  [ "$what" != kill ] || set -- -p "ExecStartPre=$ctl kill --signal=KILL etcd.service"
  if [ "$what" != hold ]; then
    # Also after a kill: else the unit would restart it in five seconds.
    set -- "$@" -p "ExecStartPre=$ctl stop etcd.service"
    set -- "$@" -p "ExecStopPost=$ctl start --no-block etcd.service"
  fi
  systemd-run --quiet --collect --unit="$drill" --description="etcd-tui drill $id" \
    -p TimeoutStartSec=75s "$@" sleep "$seconds"
fi
[ "$what" = hold ] || [ "$(value etcd.service MainPID)" = 0 ] || die 70 "etcd did not stop"
