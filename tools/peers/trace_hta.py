"""What Holistic Trace Analysis says of the traces in a folder, as JSON: rank -> figures.

    python trace_hta.py FOLDER
"""

import json
import logging
import os
import pathlib
import re
import sys
import warnings

# Kineto's times have nanoseconds; HTA would round them to microseconds.
os.environ["HTA_DISABLE_NS_ROUNDING"] = "1"
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

from hta.trace_analysis import TraceAnalysis  # noqa: E402


def main(folder):
    files = {int(re.search(r"\d+", path.stem)[0]): str(path)
             for path in pathlib.Path(folder).glob("rank*.json")}
    analysis = TraceAnalysis(trace_files=files, trace_dir=folder)
    breakdown = analysis.get_temporal_breakdown(visualize=False).set_index("rank")
    overlap = analysis.get_comm_comp_overlap(visualize=False).set_index("rank")
    ranks = {int(rank): {"idle": row["idle_time_pctg"], "compute": row["compute_time_pctg"],
                         "non-compute": row["non_compute_time_pctg"],
                         "overlap": overlap.loc[rank, "comp_comm_overlap_pctg"]}
             for rank, row in breakdown.iterrows()}
    print(json.dumps(ranks))


if __name__ == "__main__":
    main(*sys.argv[1:])
