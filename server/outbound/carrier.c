#include "outbound/carrier.h"

#include <stdio.h>

void report_fill(struct report *report, enum verdict verdict, const char *evidence)
{
    report->verdict = verdict;
    report->gone = report->report_expected = false;
    (void)snprintf(report->evidence, sizeof report->evidence, "%s", evidence);
}
