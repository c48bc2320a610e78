# line state: let this host go, if the run with this line holds it. Without the library, which would
# make its lock anew on a host that is bare again.
root=${ETCD_TUI_ROOT-}
lock=$root/run/etcd-tui.lock held=$root/run/etcd-tui.held
# Held on as long as a script of this run is at work.
if command -v flock >/dev/null 2>&1 && [ -e "$lock" ]; then exec 9<"$lock"; flock -w 3 9 || exit 75; fi
REPLY=; [ ! -e "$held" ] || read -r REPLY <"$held" || :
[ "$REPLY" != "$1" ] || rm -f "$held"
[ -e "$root$2/manifest" ] || [ -e "$held" ] || rm -f "$lock"
