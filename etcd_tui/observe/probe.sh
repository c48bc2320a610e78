# observe: everything about this host in one go; changes nothing.
# $1 config folder, $2 data folder, $3 folder of programs, $4 folder of units, $5 state folder,
# $6 files in the config folder (spaces), $7 addresses of all members (spaces)
# A practice host has its disk in a folder of the operator's machine, by this name; else it is empty.
root=${ETCD_TUI_ROOT-}
config=$root$1 data=$root$2 bin=$root$3 units=$root$4 state=$root$5 names=$6 members=$7
# Every process that is started here costs a millisecond, on all hosts at once: so builtins do what
# they can.
nl='
'
say() {
  case $2 in *"$nl"*) printf '%s=%s\n' "$1" "$(printf %s "$2" | tr -d '\n')" ;; *) printf '%s=%s\n' "$1" "$2" ;; esac
}
have() { command -v "$1" >/dev/null 2>&1; }
line() { REPLY=; [ ! -r "$1" ] || read -r REPLY <"$1" || :; }
blob() { [ -f "$2" ] && printf 'text=%s %s\n' "${2#"$root"}" "$(head -c 262144 <"$2" | base64 | tr -d '\n')"; }
path() {
  at=$1 sum='' target='' kind=other
  if [ -L "$at" ]; then kind=link target=$(readlink "$at")
  elif [ ! -e "$at" ]; then return 0
  elif [ -d "$at" ]; then kind=dir
  elif [ -f "$at" ]; then kind='file'
    case $2 in sum) sum=$(sha256sum <"$at"); sum=${sum%% *} ;; esac
  fi
  printf 'path=%s\t%s\t%s\t%s\t%s\n' "$kind" "$(stat -c '%a %U %G' "$at")" "$sum" "${at#"$root"}" "$target"
}
# The file system of each folder, or of the nearest one above it that is there
fs() {
  nears=
  for at in "$@"; do
    near=$at; while [ ! -e "$near" ]; do near=${near%/*}; near=${near:-/}; done
    nears="$nears $near"
  done
  # shellcheck disable=SC2086 # paths from the answers hold no spaces
  { cat /proc/self/mounts; echo; df -Pk $nears; echo; df -Pi $nears 2>/dev/null; } | awk -v asked="$*" -v nears="$nears" -v cut="${#root}" '
    BEGIN { split(asked, path, " "); split(nears, near, " ") }
    NF == 0 { part++; row = 0; next }
    !part { about[$2] = $3 " " $4; next }
    row++ == 0 { next }
    part == 1 { free[row - 1] = $4; mount[row - 1] = $6; next }
    { inodes[row - 1] = $4 }
    END {
      for (i = 1; i in path; i++)
        printf "fs=%s\t%s %s\t%s\t%s\t%s\n", substr(path[i], cut + 1), free[i], mount[i],
          inodes[i] == "" ? "-" : inodes[i], about[mount[i]], near[i]
    }'
}

# Let a script that outlived its connection finish first, so that this look is not of a half state.
if have flock && [ -e "$root/run/etcd-tui.lock" ]; then exec 9<"$root/run/etcd-tui.lock" && flock -w 60 9; fi

clock=$(date +%s.%N)
say clock "$clock"
# Who is at work here, how long ago that run gave a sign of life, and who was last.
line "$root/run/etcd-tui.held"
[ -z "$REPLY" ] || say held "$((${clock%.*} - $(stat -c %Y "$root/run/etcd-tui.held"))) $REPLY"
line "$root/run/etcd-tui.lock"; say turn "$REPLY"
line "$root/proc/sys/kernel/hostname"; say hostname "$REPLY"
line "$root/etc/machine-id"; say machine-id "$REPLY"
kernel=$(uname -srm)
say arch "${kernel##* }"
say kernel "${kernel% *}"
say os "$(. "$root/etc/os-release" 2>/dev/null && printf %s "$PRETTY_NAME")"
line "$root/proc/1/comm"; say init "$REPLY"
version=$(systemctl --version 2>/dev/null); say systemd "${version%%"$nl"*}"
read -r _ memory _ </proc/meminfo; say memory "$memory"
for tool in awk base64 chmod chown cut date df flock getent grep gzip head mktemp mv sed sha256sum stat systemctl tar timeout tr wc; do
  have "$tool" || say missing "$tool"
done
if have ip; then
  ip -o addr show 2>/dev/null | awk '{split($4,a,"/"); print "address="a[1]}'
  # All ways by one process; where one is missing, or this ip has no batch, each by a process.
  ways=$(for m in $members; do echo "route get $m"; done | ip -o -batch - 2>/dev/null)
  asked=0; for m in $members; do asked=$((asked + 1)); done
  set -f; IFS=$nl
  # shellcheck disable=SC2086 # a word for each line
  set -- $ways
  set +f; unset IFS
  [ $# -eq $asked ] || set --
  for m in $members; do
    if [ $# -gt 0 ]; then src=$1; shift; else src=$(ip -o route get "$m" 2>/dev/null); fi
    case $src in *' src '*) src=${src#* src }; src=${src%% *} ;; *) src= ;; esac
    say source "$m $src"
  done
else
  say missing ip
fi

for p in etcd etcdctl etcdutl; do
  path "$bin/$p" nosum
  # What is not ours is not run.
  [ -f "$bin/$p" ] && grep -qxF -e "file ${bin#"$root"}/$p" "$state/manifest" 2>/dev/null || continue
  case $p in etcd) v=$(timeout 10 "$bin/$p" --version 2>/dev/null) title='etcd Version:' ;;
  *) v=$(env -i timeout 10 "$bin/$p" version 2>/dev/null) title="$p version:" ;; esac
  case $v in *"$title "*) v=${v#*"$title "}; v=${v%%"$nl"*} ;; *) v= ;; esac
  say version "$p $v"
done
for d in "$config" "$data" "$bin" "$units" "$state"; do path "$d" nosum; done
fs "$config" "$data" "$bin" "$units" "$state"
for n in $names; do path "$config/$n" sum; done
path "$units/etcd.service" sum; path "$root/etc/hosts" sum
for f in "$config/etcd.conf" "$units/etcd.service" "$root/etc/hosts" "$state/manifest"; do blob "$f" "$f"; done
for e in "$data"/* "$data"/.[!.]*; do [ -e "$e" ] && say data "${e##*/}"; done
for e in "$data"/member/wal/*.wal; do [ -e "$e" ] && say wal 1 && break; done
for d in "$config" "$bin" "$units" "$state" "$root/etc"; do
  for e in "$d"/.etcd-tui.*; do [ -e "$e" ] && say leftover "${e#"$root"}"; done
done

[ -e "$root/run/systemd/transient/etcd-tui-drill.service" ] && say drill 1
unit=$(systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID,NRestarts,FragmentPath,DropInPaths,NeedDaemonReload 2>/dev/null)
printf '%s\n' "$unit" | sed 's/^/unit=/'
case $unit in *MainPID=*) pid=${unit#*MainPID=}; pid=${pid%%"$nl"*} ;; *) pid=0 ;; esac
if [ "${pid:-0}" -gt 0 ] && [ -r "$root/proc/$pid/environ" ]; then
  say environ "$(base64 <"$root/proc/$pid/environ" | tr -d '\n')"
  say exe "$(readlink "$root/proc/$pid/exe")"
fi
if have ss; then
  ss -Hltnp 2>/dev/null | awk '$4 ~ /:(2379|2380)$/{print "listen="$4" "$6}' |
    while IFS= read -r found; do
      holder=${found##*pid=}; holder=${holder%%,*}
      # The listener of another look at the peers is gone in a moment.
      [ "$holder" != "${pid:-0}" ] && grep -qs ETCD_TUI_RUN= "/proc/$holder/environ" || printf '%s\n' "$found"
    done
else
  say missing ss
fi
for f in $(grep -HsxE 'etcd|chronyd|ntpd|systemd-timesyn|ptp4l|phc2sys' "$root"/proc/[0-9]*/comm); do
  d=${f%/comm:*}
  case $f in
    *:etcd) [ "${d##*/}" = "${pid:-0}" ] ||
      say foreign "process ${d##*/}: $(tr '\0' ' ' <"$d/cmdline" 2>/dev/null | head -c 200)" ;;
    *) say timekeeper "${f##*:}" ;;
  esac
done
if have dpkg-query; then
  dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' etcd etcd-server 2>/dev/null |
    sed -n 's/^.i./foreign=package/p'
elif have rpm; then
  rpm -q etcd >/dev/null 2>&1 && say foreign "package $(rpm -q etcd)"
fi
[ -e "$root/etc/kubernetes/manifests/etcd.yaml" ] && say foreign "kubeadm /etc/kubernetes/manifests/etcd.yaml"
say user "$(getent passwd etcd | cut -d: -f3,4,6,7)"
getent group etcd >/dev/null && say group 1
if have getenforce; then
  say selinux "$(getenforce)"
  say selinux-config "$(sed -n 's/^SELINUX=//p' /etc/selinux/config 2>/dev/null)"
fi
