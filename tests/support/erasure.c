#include "tests/support/erasure.h"

#include "service/message.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/member_session.h"

struct harness_reply erasure_ask(struct harness *h, const char *access, const uint8_t *secret)
{
    Hayat__V1__RequestErasureRequest request = HAYAT__V1__REQUEST_ERASURE_REQUEST__INIT;
    request.request_id = fund_request_id(h);
    request.text = message_text(&h->arena, "Please forget me");
    struct member_call call = {PRIVACY("RequestErasure"), access, &request.base};
    struct harness_reply reply = member_call(h, &call);
    return reply.result.why == REASON_STEP_UP_REQUIRED
               ? member_confirmed_call(h, call, secret, NULL)
               : reply;
}

const Hayat__V1__Rectification *erasure_asked(struct harness *h, const char *access,
                                              const uint8_t *secret)
{
    struct harness_reply reply = erasure_ask(h, access, secret);
    assert_ok(reply.result);
    return ((const Hayat__V1__RequestErasureResponse *)(const void *)reply.response)->rectification;
}

struct harness_reply erasure_withdraw(struct harness *h, const char *access, const char *wish)
{
    Hayat__V1__WithdrawErasureRequest request = HAYAT__V1__WITHDRAW_ERASURE_REQUEST__INIT;
    request.request_id = fund_request_id(h);
    request.rectification_id = message_text(&h->arena, wish);
    return harness_call(h, PRIVACY("WithdrawErasure"), access, &request.base);
}
