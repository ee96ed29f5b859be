#include "storage/retention.h"

const struct retention_default retention_defaults[PERIOD_COUNT] = {
#define PERIOD(period, number, days_or_months, how_sure, why)                                      \
    [PERIOD_##period] = {#period, (number), RETENTION_##days_or_months, #how_sure, why},
#include "storage/retention_periods.def"
#undef PERIOD
};
