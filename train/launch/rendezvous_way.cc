#include "train/launch/rendezvous_way.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

absl::StatusOr<RendezvousWay> Published(const LaunchInfo& launch,
                                        const RendezvousOptions& options) {
  const std::string& name = launch.rendezvous;
  if (name.empty() && !options.directory_is_own)
    return absl::FailedPreconditionError(absl::StrCat(
        "nothing that ", launch.launcher,
        " sets tells this run from others; set MASTER_ADDR and MASTER_PORT, "
        "or name a folder of its own with --rendezvous_dir"));
  RendezvousWay way;
  way.kind = RendezvousWay::kPublished;
  const bool whole = !name.empty() && name[0] == '/';
  way.folder = whole ? "" : options.directory;
  way.path = whole ? name
                   : absl::StrCat(way.folder, "/",
                                  name.empty() ? "run.rendezvous" : name);
  return way;
}

absl::StatusOr<RendezvousWay> Reserved(const LaunchInfo& launch) {
  if (launch.reserved_port == 0 || launch.hosts.empty())
    return absl::FailedPreconditionError(
        "--rendezvous=ports needs a Slurm step with SLURM_STEP_RESV_PORTS; "
        "use srun --resv-ports=2, or MpiParams=ports=... in slurm.conf, or "
        "--rendezvous=file");
  if (launch.rank == 0 && launch.host != launch.hosts[0])
    return absl::FailedPreconditionError(absl::StrCat(
        "--rendezvous=ports expects rank 0 on the step's first host, ",
        launch.hosts[0], ", but it is on ", launch.host,
        "; use --rendezvous=file or another distribution (srun -m)"));
  RendezvousWay way;
  way.kind = RendezvousWay::kReserved;
  way.address = launch.single_host() ? "127.0.0.1" : launch.hosts[0];
  way.port = launch.reserved_port;
  return way;
}

}  // namespace

absl::StatusOr<RendezvousWay> ChooseWay(const LaunchInfo& launch,
                                        const RendezvousOptions& options) {
  if (options.method == "ports") return Reserved(launch);
  if (options.method != "auto" && options.method != "file")
    return absl::InvalidArgumentError(
        absl::StrCat("rendezvous method '", options.method,
                     "' is not one of auto, file, ports"));
  if (options.method == "file" || launch.master_address.empty())
    return Published(launch, options);
  RendezvousWay way;
  way.kind = RendezvousWay::kGiven;
  way.address = launch.master_address;
  way.port = launch.master_port;
  return way;
}

}  // namespace lockstep
