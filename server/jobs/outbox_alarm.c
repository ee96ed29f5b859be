#include "jobs/outbox_alarm.h"

#include "base/limits.h"
#include "base/log.h"
#include "storage/outbox_store.h"

#define LOOK_US (60LL * 1000 * 1000)
#define LINE_US (3600LL * 1000 * 1000)

static status read_age(struct txn *txn, struct outbox_age *age)
{
    int64_t create_ms;
    TRY(outbox_store_oldest(txn, &create_ms));
    TRY(outbox_store_count(txn, &age->rows));
    age->oldest_ms = create_ms == 0 ? 0 : txn_now_ms(txn) - create_ms;
    return STATUS_OK;
}

status outbox_age_now(const struct app *app, struct outbox_age *ret_age)
{
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    status s = txn_begin_read(app->db, &arena, &txn);
    if (ok(s)) {
        s = read_age(txn, ret_age);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    return s;
}

void outbox_alarm_run(struct outbox_alarm *alarm, const struct app *app)
{
    struct outbox_age age;
    int64_t now_us = clock_mono_us(app->clock);
    if (now_us < alarm->next_look_us) {
        return;
    }
    alarm->next_look_us = now_us + LOOK_US;
    if (ok(outbox_age_now(app, &age)) && age.oldest_ms > LIMIT_OUTBOX_LATE_MS &&
        now_us >= alarm->next_line_us) {
        alarm->next_line_us = now_us + LINE_US;
        log_event(LOG_WARN, "outbox_late", LOG_NUMBER("age_s", age.oldest_ms / 1000),
                  LOG_NUMBER("rows", age.rows));
    }
}
