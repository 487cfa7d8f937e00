// The tables of the report; docs/metrics.md ("int8 accuracy") defines their
// figures. A table without data has no rows.

#ifndef LOCKSTEP_QUANT_REPORT_TABLES_H_
#define LOCKSTEP_QUANT_REPORT_TABLES_H_

#include <vector>

#include "quant/report_data.h"
#include "report/table.h"

namespace lockstep::quant {

Table AccuracyTable(const Evaluation& evaluation);
Table PairedTable(const PairedAccuracy& accuracy);
Table StagesTable(const std::vector<StageRow>& stages);
Table LayersTable(const std::vector<LayerMeasurement>& layers);
// Most error first.
Table SensitivityTable(std::vector<SensitivityRow> rows);
// The last row is the spread: largest minus smallest.
Table DrawsTable(const std::vector<DrawRow>& draws);
Table FlipsTable(const std::vector<FlippedImage>& flips,
                 const PairedAccuracy& accuracy);
// fp32, int8, and their difference where there is one.
std::vector<Table> ConfusionTables(const ReportData& data);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REPORT_TABLES_H_
