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

const Hayat__V1__Rectification *erasure_newest(struct harness *h, const char *access)
{
    Hayat__V1__ListRectificationsRequest request = HAYAT__V1__LIST_RECTIFICATIONS_REQUEST__INIT;
    struct harness_reply reply = harness_call(h, PRIVACY("ListRectifications"), access,
                                              &request.base);
    assert_ok(reply.result);
    const Hayat__V1__ListRectificationsResponse *list = (const void *)reply.response;
    return list->n_rectifications > 0 ? list->rectifications[0] : NULL;
}

struct harness_reply erasure_claim(struct harness *h, const struct harness_caller *who)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request =
        HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    request.kind = HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_ERASURE;
    return harness_call_as(h, "/hayat.backoffice.v1.ReviewService/ClaimTask", who, &request.base);
}

const Hayat__Backoffice__V1__Task *erasure_claimed(struct harness *h,
                                                   const struct harness_caller *who)
{
    struct harness_reply reply = erasure_claim(h, who);
    assert_ok(reply.result);
    return ((const Hayat__Backoffice__V1__ClaimTaskResponse *)(const void *)reply.response)->task;
}
