# observe: connect to the other members' ports, and listen on ours as long as they connect to it.
# $1 our address, $2 seconds of patience, $3 how many connections will come (0: do not listen),
# $4 bytes that each of them brings; then a word for each peer, ADDRESS/BYTES: what to send it,
# 0 where nobody listens for us: there the first answer counts.
# A connection that nobody accepts is made and filled by the kernel all the same, so the listener
# only has to be there; `ss` tells who came, how long the way is and how much arrived.
own=$1 patience=$2 due=$3 load=$4
shift 4
set -f
ports='( sport = :2379 or sport = :2380 )'
jobs=()
# Opens a pipe with both its ends as descriptor 5. What a newer bash is given as a word of input is
# one, and needs no process; an older one would write a file.
new_pipe() {
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && exec 5<<<'' && [ -p /proc/self/fd/5 ]; then
    exec 5<>/proc/self/fd/5 && read -r -u 5 _
  else
    exec 5<> <(:)
  fi
}
# Two of them: from the attempts to the loop below, and one that stays empty, to wait on without a
# process for it.
new_pipe; exec 4<&5
new_pipe; exec 6<&5 5<&-
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

# address port bytes: says `open`, or `said` and why not, as often as that changes. Each line is one
# write, so that the lines of several attempts do not get mixed up; bash's own messages would.
attempt() {
  local tries=0 line words before=
  new_pipe; exec 2>&5
  until exec 3<>"/dev/tcp/$1/$2"; do
    echo . >&2
    line=''
    while [ "$line" != . ] && read -r -u 5 line; do [ "$line" = . ] || words=${line##*: }; done
    [ "$words" = "$before" ] || echo "said $1 $2 $words"
    before=$words
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

# Look at the sockets; whether as many connections as will come have brought all they should
complete() {
  local line count=0 IFS=$'\n' full='^(ESTAB|CLOSE-WAIT) +([0-9]+) +[0-9]+ +([^ ]+):[0-9]+ '
  sockets=$(ss -Htani "$ports")
  for line in $sockets; do
    [[ $line =~ $full ]] && [ "${BASH_REMATCH[3]}" = "$own" ] || continue
    if [ "${BASH_REMATCH[2]}" -ge "$load" ]; then ((++count)); fi
  done
  ((count >= due))
}

declare -A said
looks=(0 0.02 0.04 0.1 0.2)
pending=$(($# * 2))
while :; do
  # Lines are there whole or not at all; a `read` with a time limit might get half of one.
  while read -t 0 -u 4 && read -r -u 4 what address port words; do
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
  if ((rest <= 0)); then
    if complete; then break; fi
    # The others may begin later; every look at the sockets is a process, on many hosts at once.
    pause "${looks[0]}"
    [ ${#looks[@]} -eq 1 ] || looks=("${looks[@]:1}")
  fi
  if [ "$SECONDS" -ge "$patience" ]; then
    complete
    break
  fi
  pause 0.02
done
for way in "${!said[@]}"; do echo "said $way ${said[$way]}"; done
echo sockets
echo "$sockets"
