/*
 * session_notice: tells the member what happened to their sessions, by another channel than the app (SEC-B8).
 *
 * What protects the member is never held up by a full outbox: then the act goes on without its notice.
 */
#ifndef HAYAT_SERVICE_SESSION_NOTICE_H
#define HAYAT_SERVICE_SESSION_NOTICE_H

#include "service/notice.h"
#include "service/rpc.h"

status session_notice(struct rpc *rpc, struct owner owner, enum notice_kind kind);

#endif
