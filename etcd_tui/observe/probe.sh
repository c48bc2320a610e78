# observe: everything about this host in one go; changes nothing.
# $1 config folder, $2 data folder, $3 folder of programs, $4 folder of units, $5 state folder,
# $6 files in the config folder (spaces), $7 addresses of all members (spaces)
config=$1 data=$2 bin=$3 units=$4 state=$5 names=$6 members=$7
say() { printf '%s=%s\n' "$1" "$(printf %s "$2" | tr -d '\n')"; }
have() { command -v "$1" >/dev/null 2>&1; }
blob() { [ -f "$2" ] && printf 'text=%s %s\n' "$2" "$(head -c 262144 <"$2" | base64 | tr -d '\n')"; }
path() {
  at=$1 sum= target= kind=other
  if [ -L "$at" ]; then kind=link target=$(readlink "$at")
  elif [ ! -e "$at" ]; then return 0
  elif [ -d "$at" ]; then kind=dir
  elif [ -f "$at" ]; then kind=file
    case $2 in sum) sum=$(sha256sum <"$at" | cut -d' ' -f1) ;; esac
  fi
  printf 'path=%s\t%s\t%s\t%s\t%s\n' "$kind" "$(stat -c '%a %U %G' "$at")" "$sum" "$at" "$target"
}
fs() {
  near=$1; while [ ! -e "$near" ]; do near=$(dirname "$near"); done
  free=$(df -Pk "$near" | awk 'NR==2{print $4" "$6}')
  inodes=$(df -Pi "$near" 2>/dev/null | awk 'NR==2{print $4}')
  about=$(awk -v m="${free#* }" '$2==m{t=$3;o=$4}END{print t" "o}' /proc/self/mounts)
  printf 'fs=%s\t%s\t%s\t%s\t%s\n' "$1" "$free" "${inodes:--}" "$about" "$near"
}

# Let a script that outlived its connection finish first, so that this look is not of a half state.
if have flock && [ -e /run/etcd-tui.lock ]; then exec 9</run/etcd-tui.lock && flock -w 60 9; fi

say clock "$(date +%s.%N)"
say hostname "$(cat /proc/sys/kernel/hostname)"
say machine-id "$(cat /etc/machine-id 2>/dev/null)"
say arch "$(uname -m)"
say kernel "$(uname -sr)"
say os "$(. /etc/os-release 2>/dev/null && printf %s "$PRETTY_NAME")"
say init "$(cat /proc/1/comm)"
say systemd "$(systemctl --version 2>/dev/null | head -n 1)"
say memory "$(awk '/^MemTotal/{print $2}' /proc/meminfo)"
for tool in awk base64 chmod chown cut date df flock getent grep gzip head mktemp mv sed sha256sum stat systemctl tar timeout tr wc; do
  have "$tool" || say missing "$tool"
done
if have ip; then
  ip -o addr show 2>/dev/null | awk '{split($4,a,"/"); print "address="a[1]}'
  for m in $members; do
    say source "$m $(ip -o route get "$m" 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p')"
  done
else
  say missing ip
fi

for p in etcd etcdctl etcdutl; do
  path "$bin/$p" nosum
  # What is not ours is not run.
  [ -f "$bin/$p" ] && grep -qxF -e "file $bin/$p" "$state/manifest" 2>/dev/null || continue
  case $p in etcd) v=$(timeout 10 "$bin/$p" --version 2>/dev/null | sed -n 's/^etcd Version: *//p') ;;
  *) v=$(env -i timeout 10 "$bin/$p" version 2>/dev/null | sed -n "s/^$p version: *//p") ;; esac
  say version "$p $v"
done
for d in "$config" "$data" "$bin" "$units" "$state"; do path "$d" nosum; fs "$d"; done
for n in $names; do path "$config/$n" sum; done
path "$units/etcd.service" sum; path /etc/hosts sum
for f in "$config/etcd.conf" "$units/etcd.service" /etc/hosts "$state/manifest"; do blob "$f" "$f"; done
for e in "$data"/* "$data"/.[!.]*; do [ -e "$e" ] && say data "${e##*/}"; done
for e in "$data"/member/wal/*.wal; do [ -e "$e" ] && say wal 1 && break; done
for d in "$config" "$bin" "$units" "$state" /etc; do
  for e in "$d"/.etcd-tui.*; do [ -e "$e" ] && say leftover "$e"; done
done

systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID,NRestarts,FragmentPath,DropInPaths,NeedDaemonReload 2>/dev/null | sed 's/^/unit=/'
pid=$(systemctl show etcd.service -p MainPID 2>/dev/null | cut -d= -f2)
if [ "${pid:-0}" -gt 0 ] && [ -r "/proc/$pid/environ" ]; then
  say environ "$(base64 <"/proc/$pid/environ" | tr -d '\n')"
  say exe "$(readlink "/proc/$pid/exe")"
fi
if have ss; then
  ss -Hltnp 2>/dev/null | awk '$4 ~ /:(2379|2380)$/{print "listen="$4" "$6}'
fi
for d in /proc/[0-9]*; do
  [ "$(cat "$d/comm" 2>/dev/null)" = etcd ] && [ "${d#/proc/}" != "${pid:-0}" ] &&
    say foreign "process ${d#/proc/}: $(tr '\0' ' ' <"$d/cmdline" 2>/dev/null | head -c 200)"
done
if have dpkg-query; then
  for n in etcd etcd-server; do
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' "$n" 2>/dev/null | grep '^.i' | sed 's/^.../foreign=package/'
  done
elif have rpm; then
  rpm -q etcd >/dev/null 2>&1 && say foreign "package $(rpm -q etcd)"
fi
[ -e /etc/kubernetes/manifests/etcd.yaml ] && say foreign "kubeadm /etc/kubernetes/manifests/etcd.yaml"
say user "$(getent passwd etcd | cut -d: -f3,4,6,7)"
getent group etcd >/dev/null && say group 1
if have getenforce; then
  say selinux "$(getenforce)"
  say selinux-config "$(sed -n 's/^SELINUX=//p' /etc/selinux/config 2>/dev/null)"
fi
