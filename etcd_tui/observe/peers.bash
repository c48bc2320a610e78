# observe: connect to the other members' ports, and listen on ours as long as they connect to it.
# $1 our address, $2 seconds of patience, $3 how many connections will come (0: do not listen),
# $4 bytes that each of them brings; then a word for each peer, ADDRESS/BYTES: what to send it,
# 0 where nobody listens for us: there the first answer counts.
# A connection that nobody accepts is made and filled by the kernel all the same, so the listener
# only has to be there; `ss` tells who came, how long the way is and how much arrived.
own=$1 patience=$2 due=$3 load=$4
shift 4
ports='( sport = :2379 or sport = :2380 )'
jobs=()
# Two pipes with both their ends: from the attempts to the loop below, and one that stays empty,
# to wait on without a process for it.
exec 4<> <(:) 6<> <(:)
pause() { read -r -t "$1" -u 6 _; }
trap 'kill "${jobs[@]}" 2>/dev/null; wait 2>/dev/null' EXIT
trap 'exit 129' HUP INT TERM PIPE

case $own in *:*) own="[$own]" ;; esac
if [ "$due" -gt 0 ]; then
  life=$((patience + 2))
  timeout "$life" systemd-socket-activate -l "$own:2379" -l "$own:2380" sleep "$life" \
    </dev/null >/dev/null 2>&1 4>&- &
  jobs+=($!)
fi

# address port bytes: says `open`, or `said` and why not as often as it fails. Each line is one
# write, so that the lines of several attempts do not get mixed up; bash's own messages would.
attempt() {
  local tries=0 line words
  exec 5<> <(:) 2>&5
  until exec 3<>"/dev/tcp/$1/$2"; do
    echo . >&2
    line=''
    while [ "$line" != . ] && read -r -u 5 line; do [ "$line" = . ] || words=${line##*: }; done
    echo "said $1 $2 $words"
    [ "$3" -gt 0 ] || return
    # The other host's listener may come a moment later than we do.
    case $((++tries < 10))$words in 1*refused*) pause 0.02 ;; *) pause 0.2 ;; esac
  done
  echo "open $1 $2"
  printf '%*s' "$3" '' >&3
}
for peer; do
  for port in 2379 2380; do
    attempt "${peer%/*}" "$port" "${peer#*/}" >&4 &
    jobs+=($!)
  done
done

# Whether as many connections as will come have brought all they should
complete() {
  local state queued _ here count=0
  ((due > 0)) || return 0
  while read -r state queued _ here _; do
    [ "${here%:*}" = "$own" ] || continue
    case $state in ESTAB | CLOSE-WAIT) if [ "$queued" -ge "$load" ]; then ((count++)); fi ;; esac
  done < <(ss -Htan "$ports")
  ((count >= due))
}

declare -A said
pending=$(($# * 2)) begun=
while :; do
  for ((n = 0; n < 40; n++)); do
    # A `read` that runs out of time has taken the line's beginning with it.
    IFS= read -r -t 0.02 -u 4 line || { begun+=$line; break; }
    read -r what address port words <<<"$begun$line"
    begun=
    case $what in
      open) echo "open $address $port"; ((pending--)) ;;
      said) said["$address $port"]=$words ;;
    esac
  done
  # Where nobody listens for us, the first answer is the last.
  rest=$pending
  for peer; do
    for port in 2379 2380; do
      if [ "${peer#*/}" -eq 0 ] && [ -n "${said["${peer%/*} $port"]+x}" ]; then ((rest--)); fi
    done
  done
  if ((rest <= 0)) && complete; then break; fi
  [ "$SECONDS" -lt "$patience" ] || break
done
for way in "${!said[@]}"; do echo "said $way ${said[$way]}"; done
echo sockets
ss -Htani "$ports"
