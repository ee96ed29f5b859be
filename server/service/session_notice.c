#include "service/session_notice.h"

status session_notice(struct rpc *rpc, struct owner owner, enum notice_kind kind)
{
    status s = notice_send(rpc->txn,
                           &(struct notice){.owner = owner, .kind = kind, .avoid = CHANNEL_APP});
    return s.why == REASON_OUTBOX_FULL ? STATUS_OK : s;
}
