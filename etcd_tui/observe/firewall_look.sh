# What the host's firewall lets through: functions for observe/firewall.sh and plan's firewall_*.sh.
# To look changes nothing; what the scripts alone use stands at the end. $state is the state folder. A rule is "SOURCE PORT", as
# content/firewall.py writes it. iptables is asked only for tables in use: the question alone would
# load the kernel's modules.

# Sets fw_kind, and for the others: fw_enabled (yes: comes back at boot), fw_families that are
# filtered (4, 6), fw_zones of firewalld, fw_chains (nftables: FAMILY/TABLE/CHAIN; iptables: the
# commands), fw_conf (what nftables loads at boot).
fw_look() {
  fw_kind=none fw_enabled=no fw_families='4 6' fw_zones='' fw_chains='' fw_conf='' fw_scan=''
  if command -v firewall-cmd >/dev/null 2>&1 && systemctl is-active --quiet firewalld.service; then
    fw_kind=firewalld
    fw_zones=$(fw_find_zones)
    fw_zone_cache=$(fw_find_zone_rules)
    if systemctl is-enabled --quiet firewalld.service 2>/dev/null; then fw_enabled=yes; fi
    return 0
  fi
  if command -v nft >/dev/null 2>&1; then fw_scan=$(nft list ruleset 2>/dev/null | fw_scan_nft input); fi
  if command -v ufw >/dev/null 2>&1 && fw_ufw_stands; then
    fw_kind=ufw
    if grep -qi '^ENABLED=["'\'']*yes' /etc/ufw/ufw.conf; then fw_enabled=yes; fi
    return 0
  fi
  fw_look_nft
  [ -n "$fw_chains" ] || fw_look_iptables
}

# firewall-cmd takes a quarter of a second for a question, its bus a fiftieth.
fw_path=/org/fedoraproject/FirewallD1 fw_name=org.fedoraproject.FirewallD1
fw_bus() { busctl --system call "$fw_name" "$@" 2>/dev/null; }

# The zones that a packet may come through: the default one, and those with interfaces or sources.
# What accepts all by itself (trusted, docker's) needs no rule.
fw_find_zones() {
  {
    fw_bus "$fw_path" "$fw_name" getDefaultZone | cut -d'"' -f2
    fw_bus "$fw_path" "$fw_name.zone" getActiveZones | tr -d '"' | awk '{
      at = 3
      for (z = 0; z < $2; z++) { print $at; n = $(at + 1); at += 2
        for (; n > 0; n--) at += 2 + $(at + 1) } }'
  } | sort -u | while read -r zone; do
    for f in "/etc/firewalld/zones/$zone.xml" "/usr/lib/firewalld/zones/$zone.xml"; do
      [ -f "$f" ] || continue
      grep -q '<zone.*target="ACCEPT"' "$f" || printf '%s\n' "$zone"
      break
    done
  done
}

# Lines `runtime|permanent ZONE RULE` of all rules of our form in the zones
fw_find_zone_rules() {
  for zone in $fw_zones; do
    fw_bus "$fw_path" "$fw_name.zone" getRichRules s "$zone" | fw_from_rich "runtime $zone"
    o=$(fw_bus "$fw_path/config" "$fw_name.config" getZoneByName s "$zone" | cut -d'"' -f2)
    fw_bus "$o" "$fw_name.config.zone" getRichRules | fw_from_rich "permanent $zone"
  done
}
fw_from_rich() {
  sed 's/\\"/~/g' | tr '"' '\n' |
    sed -nE "s/^rule family=~ipv[46]~ source address=~([^~]*)~ port port=~(2379|2380)~ protocol=~tcp~ accept\$/$1 \1 \2/p" | sort -u
}
# runtime|permanent zone: the rules of our form in it
fw_zone_rules() { printf '%s\n' "$fw_zone_cache" | sed -n "s|^$1 $2 ||p"; }

# A line `drops FAMILY TABLE CHAIN` for every chain with hook $1 that drops or rejects whatever was
# not let through before, and `iptables FAMILY` for an INPUT chain that may be iptables-nft's.
# A rule counts as catching all if it looks at nothing but interface, protocol TCP or new state.
fw_scan_nft() {
  awk -v hook="$1" '
    # 1: drops the rest, 2: accepts the rest, 0: neither
    function judge(c,   i, e) {
      if (c in known) return known[c]
      known[c] = 0
      for (i = 1; i <= count[c]; i++) {
        split(event[c, i], e, "\t")
        if (e[1] == "return") break
        if (e[1] == "accept") return known[c] = 2
        if (e[1] == "drop" || judge(e[2]) == 1) return known[c] = 1
      }
      return 0
    }
    function add(what) { event[id, ++count[id]] = what }
    $1 == "table" { family = $2; table = $3; id = ""; next }
    $1 == "chain" { id = family " " table " " $2; name = $2; next }
    $1 == "}" { id = ""; next }
    id == "" || (family != "ip" && family != "ip6" && family != "inet") || table == "firewalld" { next }
    $1 == "type" {
      if (/type filter/ && $4 == hook) {
        base[++bases] = id
        policy[id] = /policy drop/
        if (family != "inet" && table == "filter" && name == "INPUT") print "iptables " family
      }
      next
    }
    {
      rule = $0
      sub(/ comment ".*"$/, "", rule)
      gsub(/counter( packets [0-9]+ bytes [0-9]+)?|log( (prefix "[^"]*"|level [a-z]+|group [0-9]+|flags (tcp |ip )?[a-z,]+))*/, "", rule)
      gsub(/^[ \t]+|[ \t]+$/, "", rule)
      if (rule == "accept" || rule == "return") { add(rule); next }
      if (rule ~ /^(iif|iifname|ct state|meta l4proto|ip protocol|meta nfproto) vmap/) {
        if (rule ~ /new : (drop|reject)/) add("drop")
        while (match(rule, /(jump|goto) [^ ,}]+/)) {
          add("jump\t" family " " table " " substr(rule, RSTART + 5, RLENGTH - 5))
          rule = substr(rule, RSTART + RLENGTH)
        }
        next
      }
      gsub(/(iif|iifname) (!= )?(\{[^}]*\}|"[^"]*")|(ct state|meta l4proto|ip protocol|ip6 nexthdr) (\{[^}]*(new|tcp)[^}]*\}|[a-z,]*new[a-z,]*|tcp)|meta nfproto ipv[46]|tcp dport != (\{[^}]*\}|[^ ]+)/, "", rule)
      gsub(/^ +/, "", rule)
      if (rule == "drop" || rule ~ /^reject( with .*)?$/) add("drop")
      else if (rule ~ /^(jump|goto) [^ ]+$/) { split(rule, word, " "); add("jump\t" family " " table " " word[2]) }
    }
    END {
      for (b = 1; b <= bases; b++) {
        verdict = judge(base[b])
        if (verdict == 1 || (verdict == 0 && policy[base[b]])) print "drops " base[b]
      }
    }'
}

# Whether an `iptables -S` on standard input drops or rejects in chain $1; as fw_scan_nft judges.
fw_scan_iptables() {
  awk -v chain="$1" '
    function judge(c,   i) {
      if (c in known) return known[c]
      known[c] = 0
      for (i = 1; i <= count[c]; i++) {
        if (target[c, i] == "RETURN") break
        if (target[c, i] == "ACCEPT") return known[c] = 2
        if (target[c, i] ~ /^(DROP|REJECT)$/ || judge(target[c, i]) == 1) return known[c] = 1
      }
      return 0
    }
    $1 == "-P" { policy[$2] = $3 }
    $1 == "-A" {
      in_chain = $2; rule = $0
      sub(/^-A [^ ]+ /, "", rule)
      # What arrives in INPUT is for an address of this host.
      gsub(/-m comment --comment ("[^"]*"|[^ ]+) *|-m addrtype --dst-type LOCAL */, "", rule)
      bare = rule ~ /^-j/
      gsub(/(! )?-i [^ ]+ *|-p tcp *|-m tcp *|-m (conntrack --ct|state --)state [A-Z,]*NEW[A-Z,]* */, "", rule)
      if (rule !~ /^-[jg] /) next
      split(rule, word, " ")
      if (bare || word[2] !~ /^(ACCEPT|RETURN)$/) target[in_chain, ++count[in_chain]] = word[2]
    }
    END {
      verdict = judge(chain)
      exit !(verdict == 1 || (verdict == 0 && policy[chain] == "DROP"))
    }'
}

fw_look_nft() {
  [ -n "$fw_scan" ] || return 0
  natives=$(printf '%s\n' "$fw_scan" | sed -n 's/^drops //p')
  [ -n "$natives" ] || return 0
  # One question for both, and only if there is a native chain.
  shown=$(systemctl show nftables.service -p UnitFileState -p ExecStart 2>/dev/null) || shown=
  case $shown in
    *UnitFileState=enabled*)
      fw_enabled=yes
      fw_conf=$(printf '%s\n' "$shown" | sed -n 's/.* -f \([^ ;]*\).*/\1/p' | head -n 1)
      [ -f "$fw_conf" ] || fw_conf='' ;;
  esac
  fw_families=
  while read -r family table chain; do
    # By name this may be iptables-nft's: it is not, if nftables.service loads it.
    case "$family $table $chain" in "ip filter INPUT" | "ip6 filter INPUT")
      fw_conf_defines "$family" "$table" "$chain" || continue ;;
    esac
    fw_chains="$fw_chains${fw_chains:+ }$family/$table/$chain"
    case $family in
      ip) fw_families="$fw_families 4" ;;
      ip6) fw_families="$fw_families 6" ;;
      *) fw_families='4 6' ;;
    esac
  done <<EOF
$natives
EOF
  if [ -n "$fw_chains" ]; then fw_kind=nftables; else fw_enabled=no fw_conf=; fi
}

# family table chain: whether what nftables.service loads has that chain
fw_conf_defines() (
  # Names in an include may be patterns, and are relative to /etc.
  [ -n "$fw_conf" ] && cd /etc || return 1
  # shellcheck disable=SC2046 # words and patterns
  cat "$fw_conf" $(sed -n 's/^[[:space:]]*include[[:space:]]*"\(.*\)".*/\1/p' "$fw_conf") 2>/dev/null |
    fw_without_block | awk -v f="$1" -v t="$2" -v c="$3" '
      { gsub(/[{;]/, " & ") }
      $1 == "table" { here = ($2 == f && $3 == t) || (f == "ip" && $2 == t) }
      here && $1 == "chain" && $2 == c { found = 1 }
      $1 == "add" && $2 == "chain" && $3 == f && $4 == t && $5 == c { found = 1 }
      END { exit !found }'
)

# What we put into a file for nft, taken out of standard input
fw_without_block() { sed '/^# BEGIN etcd-tui$/,/^# END etcd-tui$/d; /comment "etcd-tui"$/d'; }

# 4|6: the iptables commands, if any, whose filter table is in use
fw_iptables() {
  six=; [ "$1" = 4 ] || six=6
  command -v "ip${six}tables" >/dev/null 2>&1 || return 0
  legacy="ip${six}tables-legacy" nft="ip${six}tables-nft"
  if grep -qsx filter "/proc/net/ip${six}_tables_names"; then
    if command -v "$legacy" >/dev/null 2>&1; then echo "$legacy"
    else case $("ip${six}tables" -V) in *nf_tables*) ;; *) echo "ip${six}tables" ;; esac; fi
  fi
  if command -v nft >/dev/null 2>&1; then
    case $fw_scan in *"iptables ip${six}"*) ;; *) return 0 ;; esac
    [ -n "$six" ] || case "$fw_scan
" in *"iptables ip
"*) ;; *) return 0 ;; esac
  fi
  if command -v "$nft" >/dev/null 2>&1; then echo "$nft"
  else case $("ip${six}tables" -V) in *nf_tables*) echo "ip${six}tables" ;; esac; fi
}

fw_look_iptables() {
  fw_families=
  command -v iptables >/dev/null 2>&1 || command -v ip6tables >/dev/null 2>&1 || return 0
  for family in 4 6; do
    for command in $(fw_iptables "$family"); do
      if "$command" -S 2>/dev/null | fw_scan_iptables INPUT; then
        fw_chains="$fw_chains${fw_chains:+ }$command"
        case $fw_families in *"$family"*) ;; *) fw_families="$fw_families $family" ;; esac
      fi
    done
    fw_find_rules "$family"
    [ -z "$fw_unit" ] || fw_enabled=yes
  done
  if [ -n "$fw_chains" ]; then fw_kind=iptables; else fw_enabled=no; fi
}

# 4|6: the unit that loads iptables rules at boot, as $fw_unit, if one is enabled; its file, as $fw_file
fw_find_rules() {
  six=; [ "$1" = 4 ] || six=6
  fw_unit=netfilter-persistent.service fw_file=/etc/iptables/rules.v$1
  if [ -f "$fw_file" ] && systemctl is-enabled --quiet "$fw_unit" 2>/dev/null; then return 0; fi
  fw_unit=ip${six}tables.service fw_file=/etc/sysconfig/ip${six}tables
  if [ -f "$fw_file" ] && systemctl is-enabled --quiet "$fw_unit" 2>/dev/null; then return 0; fi
  fw_unit='' fw_file=''
}
fw_rules_unit() { fw_find_rules "$1"; [ -z "$fw_unit" ] || echo "$fw_unit $fw_file"; }
fw_rules_file() { fw_find_rules "$1"; [ -z "$fw_unit" ] || echo "$fw_file"; }

# Switched off, ufw leaves its chains, empty.
fw_ufw_stands() {
  for command in $(fw_iptables 4); do
    listed=$("$command" -S 2>/dev/null)
    case $listed in *'-A INPUT -j ufw-before-input'*)
      if printf '%s\n' "$listed" | fw_scan_iptables INPUT; then return 0; fi ;;
    esac
  done
  return 1
}

# runtime rules in an `iptables -S` on standard input; $1 is a regular expression that they match
fw_from_iptables() {
  sed -nE "/$1/s/^-A [^ ]* -s ([^ ]*) -p tcp -m tcp --dport (2379|2380) .*-j ACCEPT\$/\1 \2/p" |
    sed 's,/32 , ,; s,/128 , ,' | sort -u
}
fw_marked='--comment "?etcd-tui"? '

# family/table/chain: the rules of ours that stand in it
fw_chain_rules() {
  # shellcheck disable=SC2046 # three words
  nft list chain $(echo "$1" | tr / ' ') 2>/dev/null | sed 's/dport etcd-client/dport 2379/; s/dport etcd-server/dport 2380/' |
    sed -nE 's/^[[:space:]]*ip6? saddr ([^ ]*) tcp dport (2379|2380) accept comment "etcd-tui".*/\1 \2/p' | sort -u
}

# family/table/chain: the rules of ours in the file that nftables loads
fw_conf_rules() {
  sed -nE "s,^insert rule $(echo "$1" | tr / ' ') ip6? saddr ([^ ]*) tcp dport ([0-9]*) accept comment \"etcd-tui\"\$,\1 \2,p" "$fw_conf" | sort -u
}

# user.rules or user6.rules; "own": only those with our comment (in hexadecimal, as ufw has it)
fw_ufw_rules() {
  [ -f "/etc/ufw/$1" ] || return 0
  tail='^'; [ "${2:-}" != own ] || tail=' comment=657463642d747569$'
  sed -nE "/$tail/s,^### tuple ### allow tcp (2379|2380) (0.0.0.0/0|::/0) any ([^ ]*) in( comment=.*)?\$,\3 \1,p" "/etc/ufw/$1"
}

# The rules that stand in each of the places (one function call a place) that filter the family
fw_in_all() {
  function=$1 family=$2 n=0 found=; shift 2
  for place in "$@"; do
    case $place in
      ip6/* | ip6tables*) [ "$family" = 6 ] || continue ;;
      ip/* | iptables*) [ "$family" = 4 ] || continue ;;
    esac
    n=$((n + 1)) found="$found$("$function" "$place")
"
  done
  case $family in 4) other=: ;; *) other=. ;; esac
  printf '%s' "$found" | awk -v n="$n" -v other="$other" '
    NF == 2 && !index($1, ":") == (other == ":") { c[$0]++ }
    END { for (rule in c) if (c[rule] == n) print rule }'
}

fw_zone_runtime() { fw_zone_rules runtime "$1"; }
fw_zone_permanent() { fw_zone_rules permanent "$1"; }
fw_command_rules() { "$1" -S INPUT 2>/dev/null | fw_from_iptables "$fw_marked"; }
fw_chain_kept() {
  # shellcheck disable=SC2046 # three words
  if fw_conf_defines $(echo "$1" | tr / ' '); then fw_conf_rules "$1"; else fw_chain_rules "$1"; fi
}

# The rules that stand now. Of firewalld and ufw also an operator's own, if they are the same.
fw_rules() {
  for family in $fw_families; do
    # shellcheck disable=SC2086 # lists of words
    case $fw_kind in
      firewalld) fw_in_all fw_zone_runtime "$family" $fw_zones ;;
      ufw) six=; [ "$family" = 4 ] || six=6
        "ip${six}tables" -S "ufw$six-user-input" 2>/dev/null | fw_from_iptables . ;;
      nftables) fw_in_all fw_chain_rules "$family" $fw_chains ;;
      iptables) fw_in_all fw_command_rules "$family" $fw_chains ;;
    esac
  done
}

# The rules that will stand after a boot. Where nothing loads a firewall at boot, those that stand.
fw_kept() {
  for family in $fw_families; do
    # shellcheck disable=SC2086 # lists of words
    case $fw_kind in
      firewalld) fw_in_all fw_zone_permanent "$family" $fw_zones ;;
      ufw) six=; [ "$family" = 4 ] || six=6
        fw_ufw_rules "user$six.rules" ;;
      nftables) fw_in_all fw_chain_kept "$family" $fw_chains ;;
      iptables)
        file=$(fw_rules_file "$family")
        if [ -n "$file" ]; then sed 's/^\[[0-9:]*\] //' "$file" | fw_from_iptables "$fw_marked"
        else fw_in_all fw_command_rules "$family" $fw_chains; fi ;;
    esac
  done
}

# The rules that we put there, in whatever place
fw_own() {
  # shellcheck disable=SC2086 # lists of words
  case $fw_kind in
    firewalld) printf '%s\n' "$fw_zone_cache" | sed 's/^/firewall-rule firewalld /' |
      grep -xF -f "$state/manifest" 2>/dev/null | cut -d' ' -f5- ;;
    ufw) fw_ufw_rules user.rules own; fw_ufw_rules user6.rules own ;;
    nftables) for place in $fw_chains; do fw_chain_rules "$place"; done ;;
    iptables) for place in $fw_chains; do fw_command_rules "$place"; done ;;
  esac | sort -u
}

# For the scripts, which set $kind: files that are not ours are kept as they were before our first
# change to them, and written whole or not at all.

# path: keep the file, or that there was none
keep() {
  kept=$state/firewall/$kind$1
  if [ -e "$kept" ] || [ -e "$kept.absent" ]; then return 0; fi
  mkdir -p "${kept%/*}"
  if [ -e "$1" ]; then cp -p "$1" "$kept.part"; else kept=$kept.absent; : >"$kept.part"; fi
  durable "$kept.part"
  mv -fT "$kept.part" "$kept"
}
# path: a temporary file beside it, with its owner and mode, as $temp
beside() {
  rm -f "${1%/*}"/.etcd-tui.??????
  temp=$(mktemp "${1%/*}/.etcd-tui.XXXXXX")
  trap 'rm -f "$temp"' EXIT
  [ ! -e "$1" ] || cp -p "$1" "$temp"
}
# path: put $temp there, if it differs
in_place() {
  if cmp -s "$temp" "$1"; then rm -f "$temp"; return 0; fi
  durable "$temp"
  mv -fT "$temp" "$1"
  relabel "$1"
}
# What $1 has more than $2, line by line
minus() { printf '%s\n' "$1" | grep -vxF -e "$2" | grep . || :; }
