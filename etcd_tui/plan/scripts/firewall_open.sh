# kind rules...; let these sources reach etcd's ports, and no longer those that an earlier run let in
kind=$1; shift
wanted=$(printf '%s\n' "$@" | sort -u)
for rule in "$@"; do
  case $rule in
    *[!0-9a-fA-F:./\ ]* | *' '*' '* | */0' '*) die 64 "no rule for a firewall: $rule" ;;
    ?*' 2379' | ?*' 2380') ;;
    *) die 64 "no rule for a firewall: $rule" ;;
  esac
done

# The wanted rules of the families that a place filters
wanted_in() {
  case $1 in
    4 | ip/* | iptables*) printf '%s\n' "$wanted" | grep -v : || : ;;
    6 | ip6/* | ip6tables*) printf '%s\n' "$wanted" | grep : || : ;;
    *) printf '%s\n' "$wanted" ;;
  esac
}
# path command...: put $temp there, unless the command could load the old file and not the new one
in_place_if_it_loads() {
  path=$1; shift
  if "$@" <"$path" >/dev/null 2>&1; then "$@" <"$temp" >/dev/null || die 70 "$path with etcd's rules would not load"; fi
  in_place "$path"
}

open_firewalld() {
  for where in permanent runtime; do
    for zone in $fw_zones; do
      have=$(fw_zone_rules "$where" "$zone")
      # Rich rules bear no comment: which ones are ours stands in the manifest alone.
      ours=$(sed -n "s|^firewall-rule firewalld $where $zone ||p" "$state/manifest")
      stale=$(minus "$(printf '%s\n' "$have" | grep -xF -e "$ours")" "$wanted")
      missing=$(minus "$wanted" "$have")
      [ -n "$stale$missing" ] || continue
      if [ "$where" = permanent ]; then
        keep "/etc/firewalld/zones/$zone.xml"; keep "/etc/firewalld/zones/$zone.xml.old"
      fi
      printf '%s\n' "$missing" | grep . | while read -r rule; do
        record firewall-rule "firewalld $where $zone $rule"
      done
      change_zone --add-rich-rule "$missing"
      change_zone --remove-rich-rule "$stale"
    done
  done
}
# option rules; one call for all, since each takes a quarter of a second
change_zone() {
  option=$1 rules=$2; set --
  while read -r source port; do
    case $source in '') continue ;; *:*) family=ipv6 ;; *) family=ipv4 ;; esac
    set -- "$@" "$option=rule family=\"$family\" source address=\"$source\" port port=\"$port\" protocol=\"tcp\" accept"
  done <<EOF
$rules
EOF
  [ $# -gt 0 ] || return 0
  [ "$where" = runtime ] || set -- --permanent "$@"
  firewall-cmd "--zone=$zone" "$@" >/dev/null || die 70 "firewall-cmd could not change the zone $zone"
}

open_ufw() {
  case $wanted in *:*) grep -qi '^IPV6=["'\'']*yes' /etc/default/ufw ||
    die 70 "ufw drops all IPv6 here: set IPV6=yes in /etc/default/ufw and run ufw reload" ;; esac
  for f in user.rules user6.rules ufw.conf; do keep "/etc/ufw/$f"; done
  minus "$(fw_own)" "$wanted" | while read -r source port; do
    ufw delete allow proto tcp from "$source" to any port "$port" >/dev/null
  done
  # A rule that an operator made is left as it is; ours would only overwrite its comment.
  minus "$wanted" "$(fw_kept)" | while read -r source port; do
    set -- allow proto tcp from "$source" to any port "$port" comment etcd-tui
    # First, since an earlier one may deny; ufw before 0.36 can only append.
    ufw prepend "$@" >/dev/null 2>&1 || ufw "$@" >/dev/null || die 70 "ufw could not allow $port from $source"
  done
  # A run that was killed may have left rules in the file alone, which ufw then takes for done.
  [ -z "$(minus "$(fw_kept)" "$(fw_rules)")" ] || ufw reload >/dev/null
}

open_nftables() {
  changes='' block=''
  for place in $fw_chains; do
    chain=$(echo "$place" | tr / ' ')
    rules=$(wanted_in "$place" | sed -E "/:/!s/^/ip saddr /; /:/s/^/ip6 saddr /; s/ ([0-9]+)\$/ tcp dport \\1/;
      s/^(.+)\$/insert rule $chain \\1 accept comment \"etcd-tui\"/")
    if [ "$(fw_chain_rules "$place")" != "$(wanted_in "$place" | sort -u)" ]; then
      # shellcheck disable=SC2086 # three words
      changes="$changes$(nft -a list chain $chain |
        sed -n "s/.*comment \"etcd-tui\" # handle \\([0-9]*\\)\$/delete rule $chain handle \\1/p")
$rules
"
    fi
    # shellcheck disable=SC2086 # three words
    if fw_conf_defines $chain; then
      # Should the chain leave the file one day, the rules must not keep the rest from loading.
      block="$block
add table ${chain% *}
add chain $chain
$rules"
    fi
  done
  if [ -n "$changes" ]; then printf '%s' "$changes" | nft -f - || die 70 "nft could not insert the rules"; fi
  if [ -n "$block" ]; then
    keep "$fw_conf"
    beside "$fw_conf"
    # Read whole before anything is written; a missing last newline is put there.
    text=$(fw_without_block <"$fw_conf"; echo .)
    text=${text%.}
    case $text in *[!$nl]) text=$text$nl ;; esac
    # The empty line ends the statement before, if that is an include of a file without a last newline.
    printf '%s# BEGIN etcd-tui\n%s\n# END etcd-tui\n' "$text" "$block" >"$temp"
    in_place_if_it_loads "$fw_conf" nft -c -f -
  fi
}
nl='
'

open_iptables() {
  for command in $fw_chains; do
    have=$(fw_command_rules "$command")
    minus "$have" "$(wanted_in "$command")" | while read -r source port; do
      iptables_rule "$command" -D "$source" "$port"
    done
    minus "$(wanted_in "$command")" "$have" | while read -r source port; do
      iptables_rule "$command" -I "$source" "$port" || die 70 "$command could not insert a rule for $source"
    done
  done
  for family in $fw_families; do
    file=$(fw_rules_file "$family")
    [ -n "$file" ] || continue
    keep "$file"
    beside "$file"
    rules=$(wanted_in "$family" | sed -E 's/^([^ ]+) ([0-9]+)$/-A INPUT -s \1 -p tcp -m tcp --dport \2 -m comment --comment etcd-tui -j ACCEPT/
        s,^(-A INPUT -s [0-9.]+) ,\1/32 ,; s,^(-A INPUT -s [0-9a-f:]+) ,\1/128 ,')
    grep -Ev -e "$fw_marked" "$file" | rules=$rules awk '
        /^\*/ { filter = $1 == "*filter" }
        filter && !done && (/^(\[[0-9:]*\] )?-/ || /^COMMIT/) {
          if (ENVIRON["rules"] != "") print ENVIRON["rules"]
          done = 1
        }
        { print }
      END { exit !done }' >"$temp" || die 70 "$file has no table filter: etcd's rules would be lost at the next boot"
    for command in $fw_chains; do
      case $family$command in 4iptables* | 6ip6tables*) break ;; esac
    done
    in_place_if_it_loads "$file" "$command-restore" --test
  done
}
# command -I|-D source port
iptables_rule() {
  "$1" -w "$2" INPUT -s "$3" -p tcp -m tcp --dport "$4" -m comment --comment etcd-tui -j ACCEPT
}

fw_look
[ "$fw_kind" = "$kind" ] || die 66 "the active firewall is now $fw_kind, not $kind"
record firewall "$kind"
"open_$kind"
fw_look
standing=$(fw_rules) lasting=$(fw_kept)
for family in $fw_families; do
  missing=$(minus "$(wanted_in "$family")" "$standing")
  [ -z "$missing" ] || die 70 "$kind does not show the rule: $(printf '%s\n' "$missing" | head -n 1)"
  missing=$(minus "$(wanted_in "$family")" "$lasting")
  [ -z "$missing" ] || die 70 "$kind would lose at the next boot: $(printf '%s\n' "$missing" | head -n 1)"
done
