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
# `set -f; IFS=$nl` makes a word of each line of what is not quoted; this takes it back.
plain() { set +f; unset IFS; }
joined() { set -f; IFS=$nl; printf %s $1; echo; plain; }
say() {
  case $2 in *"$nl"*) printf '%s=' "$1"; joined "$2" ;; *) printf '%s=%s\n' "$1" "$2" ;; esac
}
have() { command -v "$1" >/dev/null 2>&1; }
line() { REPLY=; [ ! -r "$1" ] || read -r REPLY <"$1" || :; }
# What one stat has told of the path
about() { REPLY=; case $stats in *" $1$nl"*) REPLY=${stats%%" $1$nl"*}; REPLY=${REPLY##*"$nl"} ;; esac; }
blob() {
  [ -f "$1" ] || return 0
  about "$1"; size=${REPLY%% *}
  if [ -L "$1" ] || [ "${size:-262145}" -gt 262144 ]; then text=$(head -c 262144 <"$1" | base64)
  else text=$(base64 <"$1"); fi
  printf 'text=%s ' "${1#"$root"}"; joined "$text"
}
path() {
  at=$1 sum='' target='' kind=other
  if [ -L "$at" ]; then kind=link target=$(readlink "$at")
  elif [ -d "$at" ]; then kind=dir
  elif [ -f "$at" ]; then kind='file'
    case $compared in *"$nl$at$nl"*)
      # Written otherwise for a name with a backslash.
      case $sums in *"  $at$nl"*) sum=${sums%%"  $at$nl"*}; sum=${sum##*"$nl"} ;;
      *) sum=$(sha256sum <"$at"); sum=${sum%% *} ;; esac ;;
    esac
  fi
  about "$at"
  printf 'path=%s\t%s\t%s\t%s\t%s\n' "$kind" "${REPLY#* }" "$sum" "${at#"$root"}" "$target"
}
# The file system of each folder, or of the nearest one above it that is there
fs() {
  nears=
  for at in "$@"; do
    near=$at; while [ ! -e "$near" ]; do near=${near%/*}; near=${near:-/}; done
    nears="$nears $near"
  done
  # shellcheck disable=SC2086 # paths from the answers hold no spaces
  { df -Pk $nears; echo; exec df -Pi $nears 2>/dev/null; } | awk -v asked="$*" -v nears="$nears" -v cut="${#root}" '
    BEGIN { split(asked, path, " "); split(nears, near, " ") }
    NR == FNR { about[$2] = $3 " " $4; next }
    NF == 0 { part++; row = 0; next }
    row++ == 0 { next }
    !part { free[row - 1] = $4; mount[row - 1] = $6; next }
    { inodes[row - 1] = $4 }
    END {
      for (i = 1; i in path; i++)
        printf "fs=%s\t%s %s\t%s\t%s\t%s\n", substr(path[i], cut + 1), free[i], mount[i],
          inodes[i] == "" ? "-" : inodes[i], about[mount[i]], near[i]
    }' /proc/self/mounts -
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
  addresses=$(ip -o addr show 2>/dev/null)
  set -f; IFS=$nl
  for at in $addresses; do unset IFS; set -- $at; printf 'address=%s\n' "${4%%/*}"; done
  plain
  # All ways by one process; where one is missing, or this ip has no batch, each by a process.
  asked=0 ways=
  for m in $members; do asked=$((asked + 1)) ways="${ways}route get $m$nl"; done
  ways=$(ip -o -batch - 2>/dev/null <<EOF
${ways%"$nl"}
EOF
  )
  set -f; IFS=$nl; set -- $ways; plain
  [ $# -eq $asked ] || set --
  for m in $members; do
    if [ $# -gt 0 ]; then src=$1; shift; else src=$(ip -o route get "$m" 2>/dev/null); fi
    case $src in *' src '*) src=${src#* src }; src=${src%% *} ;; *) src= ;; esac
    say source "$m $src"
  done
else
  say missing ip
fi

# One stat tells of all paths, one sha256sum of all files that are compared.
there='' compared=$nl
look() { if [ -e "$1" ] || [ -L "$1" ]; then there=$there$1$nl; fi; }
compare() { look "$1"; if [ -f "$1" ] && [ ! -L "$1" ]; then compared=$compared$1$nl; fi; }
for p in etcd etcdctl etcdutl; do look "$bin/$p"; done
for d in "$config" "$data" "$bin" "$units" "$state"; do look "$d"; done
for n in $names; do compare "$config/$n"; done
compare "$units/etcd.service"; compare "$root/etc/hosts"
set -f; IFS=$nl
stats=$nl$(stat -c '%s %a %U %G %n' $there "$state/manifest" 2>/dev/null)$nl
sums=; [ "$compared" = "$nl" ] || sums=$nl$(sha256sum $compared)$nl
for at in $there; do path "$at"; done
plain
fs "$config" "$data" "$bin" "$units" "$state"
for f in "$config/etcd.conf" "$units/etcd.service" "$root/etc/hosts" "$state/manifest"; do blob "$f"; done

# What is not ours is not run.
ours='' paths=''
if [ -f "$state/manifest" ]; then
  manifest=$nl
  while IFS= read -r entry || [ -n "$entry" ]; do manifest=$manifest$entry$nl; done <"$state/manifest"
  for p in etcd etcdctl etcdutl; do
    case $manifest in *"${nl}file ${bin#"$root"}/$p$nl"*) [ ! -f "$bin/$p" ] || ours="$ours $p" paths="$paths $bin/$p" ;; esac
  done
fi
# All at once: each needs a moment to begin, less on one processor. Each line is one write, so that
# none is mixed up.
# shellcheck disable=SC2016,SC2086 # for the shell that begins; paths from the answers hold no spaces
[ -z "$ours" ] || told=$(
  timeout 10 sh -c '
    for p; do case $p in */etcd) GOMAXPROCS=1 "$p" --version & ;; *) env -i GOMAXPROCS=1 "$p" version & ;; esac; done
    wait' sh $paths 2>/dev/null
)
for p in $ours; do
  case $p in etcd) title='etcd Version:' ;; *) title="$p version:" ;; esac
  case $told in *"$title "*) v=${told#*"$title "}; v=${v%%"$nl"*} ;; *) v= ;; esac
  say version "$p $v"
done
for e in "$data"/* "$data"/.[!.]*; do [ -e "$e" ] && say data "${e##*/}"; done
for e in "$data"/member/wal/*.wal; do [ -e "$e" ] && say wal 1 && break; done
for d in "$config" "$bin" "$units" "$state" "$root/etc"; do
  for e in "$d"/.etcd-tui.*; do [ -e "$e" ] && say leftover "${e#"$root"}"; done
done

[ -e "$root/run/systemd/transient/etcd-tui-drill.service" ] && say drill 1
unit=$(systemctl show etcd.service -p LoadState,ActiveState,SubState,Result,UnitFileState,MainPID,NRestarts,FragmentPath,DropInPaths,NeedDaemonReload 2>/dev/null)
set -f; IFS=$nl; printf 'unit=%s\n' $unit; plain
case $unit in *MainPID=*) pid=${unit#*MainPID=}; pid=${pid%%"$nl"*} ;; *) pid=0 ;; esac
if [ "${pid:-0}" -gt 0 ] && [ -r "$root/proc/$pid/environ" ]; then
  say environ "$(base64 <"$root/proc/$pid/environ")"
  say exe "$(readlink "$root/proc/$pid/exe")"
fi
if have ss; then
  sockets=$(ss -Hltnp 2>/dev/null)
  set -f; IFS=$nl
  for at in $sockets; do
    unset IFS; set -- $at
    case ${4-} in *:2379 | *:2380) ;; *) continue ;; esac
    holder=${6-}; holder=${holder##*pid=}; holder=${holder%%,*}
    # The listener of another look at the peers is gone in a moment.
    [ "$holder" != "${pid:-0}" ] && grep -qs ETCD_TUI_RUN= "/proc/$holder/environ" || say listen "$4 ${6-}"
  done
  plain
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
  packages=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' etcd etcd-server 2>/dev/null)
  set -f; IFS=$nl
  for p in $packages; do case $p in ?i?*) say foreign "package${p#???}" ;; esac; done
  plain
elif have rpm; then
  package=$(rpm -q etcd 2>/dev/null) && say foreign "package $package"
fi
[ -e "$root/etc/kubernetes/manifests/etcd.yaml" ] && say foreign "kubeadm /etc/kubernetes/manifests/etcd.yaml"
user=$(getent passwd etcd)
set -f; IFS=:; set -- $user; plain
say user "${user:+${3-}:${4-}:${6-}:${7-}}"
getent group etcd >/dev/null && say group 1
if have getenforce; then
  say selinux "$(getenforce)"
  say selinux-config "$(sed -n 's/^SELINUX=//p' /etc/selinux/config 2>/dev/null)"
fi
