# observe: the active firewall, and which of etcd's ports it lets through to whom
fw_look
say firewall-kind "$fw_kind"
if [ "$fw_kind" != none ]; then
  say firewall-enabled "$fw_enabled"
  for f in $fw_families; do say firewall-family "$f"; done
  for f in $fw_zones; do say firewall-zone "$f"; done
  for f in $fw_chains; do say firewall-chain "$f"; done
  [ -z "$fw_conf" ] || say firewall-file "$fw_conf"
  fw_rules | sed 's/^/firewall-rule=/'
  fw_kept | sed 's/^/firewall-permanent=/'
  fw_own | sed 's/^/firewall-own=/'
fi
