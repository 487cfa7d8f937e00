# Hosts, their links and what joins them, for shaped_net. Sourced; inside its namespaces.
# shellcheck shell=bash
#
#   n0: eth0 ── v0 ┐
#   n1: eth0 ── v1 ┼ bridge br0, or delay_switch; in the namespace "switch"
#   ...            │
#   head: eth0 ─ vhead      only with --slurm; not shaped

in_node() { local node=$1; shift; nsenter --net=/run/netns/n"$node" -- "$@"; }

# shape DEVICE [IP_TC_OPTIONS...]
shape() {
  local device=$1
  shift
  [[ $rate == none ]] && return
  tc "$@" qdisc replace dev "$device" root tbf rate "$rate" burst "$burst" limit "$limit" ||
    die "tc does not take --rate $rate --burst $burst --limit $limit"
}

set_congestion() {
  local file=/proc/sys/net/ipv4/tcp_congestion_control
  [[ -n $congestion ]] || return 0
  in_node "$1" sh -c "echo $congestion >$file" 2>/dev/null ||
    die "no --congestion $congestion here, only $(cat ${file%/*}/tcp_allowed_congestion_control)"
}

set_up() { ip -n "$1" link set "$2" up; }

add_node() {
  local n=$1
  ip netns add "n$n"
  ip -n switch link add "v$n" type veth peer name eth0 netns "n$n"
  ip -n "n$n" addr add "10.77.0.$((n + 1))/24" dev eth0
  set_up "n$n" lo
  set_up "n$n" eth0
  shape "v$n" -n switch   # switch to host
  shape eth0 -n "n$n"     # host to switch
  set_congestion "$n"
  ports+=("v$n")
}

# The namespace in which everything is, as a host: with Slurm's controller and the command.
add_head() {
  hostname head
  ip link add eth0 type veth peer name vhead netns switch
  ip addr add 10.77.0.254/24 dev eth0
  ip link set eth0 up
  ports+=(vhead)
}

write_names() {
  local n
  echo "127.0.0.1 localhost $(hostname)"
  [[ -z $slurm ]] || echo "10.77.0.254 head"
  for ((n = 0; n < nodes; ++n)); do
    echo "10.77.0.$((n + 1)) n$n"
    echo "::ffff:10.77.0.$((n + 1)) n$n"  # as a socket that speaks IPv6 too sees it
  done
}

# Printed from the place of a build or of a test; empty if it is not built.
delay_switch() {
  local file
  for file in "$here/delay_switch" "$here/../../bazel-bin/tools/lab/delay_switch"; do
    [[ -x $file ]] && echo "$file" && return
  done
}

join_ports() {
  local port
  for port in "${ports[@]}"; do set_up switch "$port"; done
  if [[ $delay != 0 ]]; then
    nsenter --net=/run/netns/switch "$(delay_switch)" --delay "$delay" "${ports[@]}" ||
      die "no --delay $delay"
    return
  fi
  ip -n switch link add br0 type bridge
  set_up switch br0
  for port in "${ports[@]}"; do ip -n switch link set "$port" master br0; done
}

add_network() {
  local n
  ports=()
  mount -t tmpfs none /run
  mkdir /run/netns /run/node
  write_names >/run/hosts
  mount --bind /run/hosts /etc/hosts
  ip link set lo up
  ip netns add switch
  for ((n = 0; n < nodes; ++n)); do add_node "$n"; done
  [[ -z $slurm ]] || add_head
  join_ports
  for ((n = 0; n < nodes; ++n)); do
    [[ -z $loss ]] || "$here/link_fault" lose "$loss" "n$n"
  done
}
