// Tests only: tables of reports about a model whose truth is known, as a lab
// report would print them. All are right; a test may spoil them.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_TESTING_TABLES_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_TESTING_TABLES_H_

#include <map>
#include <string>
#include <vector>

namespace lockstep::analysis {

using Row = std::map<std::string, std::string>;  // column -> as printed
using Rows = std::vector<Row>;

// Row 0 is one rank; rows of 2, 4, 8 ranks follow. Even seeds keep the batch
// per rank, odd ones the global batch.
Rows RightTable(int seed);

// Each rank has as many images as the one, called weak or not called anything.
Rows GrowingTable(int seed);

// Three noisy runs of each, then the speedups of their medians.
Rows RepeatsTable(int seed);

// 512 images shared by 3 and 6 ranks; times in whole seconds.
Rows RoundedTable(int seed);

// Accuracies as means of three runs, and with all digits of a float.
Rows AccuracyTable(int seed);

// A cell as a number, and a number as a cell.
double ValueOf(const Row& row, const char* column);
std::string Fixed(double value, int decimals);

// The file, with a header.
std::string CsvOf(const Rows& rows);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_TESTING_TABLES_H_
