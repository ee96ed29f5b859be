/*
 * flow_step: what the steps of life_certificate_flow.h leave behind them; for life_certificate_flow.c and suspension_flow.c only.
 *
 * Threads  in the writer's transaction.
 */
#ifndef HAYAT_SERVICE_FLOW_STEP_H
#define HAYAT_SERVICE_FLOW_STEP_H

#include "service/life_certificate_flow.h"
#include "service/notice.h"
#include "service/notification.h"
#include "service/obligation_record.h"
#include "storage/audit_store.h"
#include "storage/outbox_store.h"

#define NOTICE_NONE ((enum notice_kind)0)

/* Who takes a step, and which. */
struct flow_actor {
    enum audit_actor_kind kind;
    bytes who; /* owner or id; empty for nobody */
    const char *event;
};

struct flow_entry {
    struct owner owner; /* whose certificate or obligation */
    struct flow_actor actor;
    const char *type; /* "lc", "obl" */
    struct id object;
};

status flow_audit(struct txn *txn, const struct flow_entry *entry);

/* Puts all obligations of OWNER right after CERTIFICATE was put: makes those of its year, withdraws proposals to suspend it has answered,
   lifts suspensions it ends. */
status flow_obligations(struct txn *txn, struct owner owner, const certificate_row *certificate);

/* What belongs to taking a proposal to suspend back: its task is withdrawn, the audit chain says so.  The obligation is set by who calls. */
status flow_withdraw(struct txn *txn, struct owner owner, const obligation_row *obligation);

/* A row for the core system, for each pension of the certificate's year. */
status flow_tell_core(struct txn *txn, struct owner owner, const certificate_row *certificate,
                      const char *kind);
/* A row for the core system about one pension; CERTIFICATE may be NULL. */
status flow_tell_core_of(struct txn *txn, struct owner owner, const obligation_row *obligation,
                         const certificate_row *certificate, const char *kind);
struct flow_news {
    enum notification_kind kind; /* in the inbox */
    enum notice_kind notice;     /* by letter or text message; NOTICE_NONE */
    const char *type;            /* of the object: "lc", "obl" */
    struct id object;
};
status flow_tell_member(struct txn *txn, struct owner owner, const struct flow_news *news);

#endif
