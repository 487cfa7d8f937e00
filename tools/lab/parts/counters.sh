# What the hosts' interfaces carried, as JSON, for shaped_net. Sourced.
# shellcheck shell=bash

# One line a host: rx_bytes rx_packets tx_bytes tx_packets of the interface; segments
# that TCP sent again; bytes, packets and drops of the shaper. The interface counts a
# packet that the kernel cuts up later as one with one header; the shaper counts what a
# wire would carry.
read_counters() {
  local n
  for ((n = 0; n < nodes; ++n)); do
    in_node "$n" awk '$1 == "eth0:" { printf "%s %s %s %s ", $2, $3, $10, $11 }' /proc/net/dev
    in_node "$n" awk '$1 == "Tcp:" { again = $13 } END { printf "%s ", again }' /proc/net/snmp
    tc -n "n$n" -s qdisc show dev eth0 | awk -F'[ ,]+' '
      $2 == "Sent" { line = $3 " " $5 " " $8 }
      END { print line ? line : "0 0 0" }'
  done
}

# From the lines before and after.
write_counters() {
  paste -d' ' /run/before /run/after | awk -v rate="$rate" -v congestion="$1" '
    BEGIN { split("rx_bytes rx_packets tx_bytes tx_packets retransmitted wire_bytes wire_packets wire_drops", name)
            printf "{\"rate\": \"%s\", \"congestion\": \"%s\", \"nodes\": [", rate, congestion }
    { printf "%s\n  {\"node\": %d", NR == 1 ? "" : ",", NR - 1
      for (i = 1; i <= 8; ++i) printf ", \"%s\": %.0f", name[i], $(i + 8) - $i
      printf "}" }
    END { print "\n]}" }' >"$counters"
}
