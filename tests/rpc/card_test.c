/* Promise: a member sees the own cards and nobody else's; another member's card is as unknown as one that never was. */
#include "tests/support/cm.h"

#include "service/message.h"
#include "storage/card_store.h"
#include "storage/member_store.h"
#include "tests/support/fund.h"

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply get_card(const char *token, const char *card_id)
{
    Hayat__V1__GetCardRequest request;
    hayat__v1__get_card_request__init(&request);
    request.card_id = message_text(&h.arena, card_id);
    return harness_call(&h, CARD_METHOD("GetCard"), token, &request.base);
}

static struct harness_reply get_photo(const char *token, const char *card_id)
{
    Hayat__V1__GetCardPhotoRequest request;
    hayat__v1__get_card_photo_request__init(&request);
    request.card_id = message_text(&h.arena, card_id);
    return harness_call(&h, CARD_METHOD("GetCardPhoto"), token, &request.base);
}

static struct harness_reply list_cards(const char *token, int32_t page_size, const char *page_token)
{
    Hayat__V1__ListCardsRequest request;
    hayat__v1__list_cards_request__init(&request);
    request.page_size = page_size;
    request.page_token = message_text(&h.arena, page_token);
    return harness_call(&h, CARD_METHOD("ListCards"), token, &request.base);
}

static const Hayat__V1__Card *card_of(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return ((Hayat__V1__GetCardResponse *)reply->response)->card;
}

static void test_the_holders_card_has_every_field(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000001");
    fund_put_family(&h, m.owner, 1);
    struct harness_reply reply = get_card(m.token, "");
    const Hayat__V1__Card *card = card_of(&reply);
    assert_true(bytes_starts_with(bytes_str(card->card_id), "card_"));
    assert_true(bytes_starts_with(bytes_str(card->beneficiary->beneficiary_id), "ben_"));
    assert_string_equal(card->beneficiary->name->given_name, "Essai-0");
    assert_string_equal(card->beneficiary->name->family_name_ar, "خيالي");
    assert_int_equal(card->beneficiary->relationship, HAYAT__V1__RELATIONSHIP__RELATIONSHIP_HOLDER);
    assert_int_equal(card->beneficiary->birth_date->year, 1956);
    assert_string_equal(card->registration_number, "999000001");
    assert_string_equal(card->cine_number, "ZZ999001");
    assert_string_equal(card->mutuelle_code, "OMFAM");
    assert_non_null(strstr(card->mutuelle_name, "OMFAM"));
    assert_true(strlen(card->mutuelle_name_ar) > 0);
    assert_int_equal(card->issue_date->year, 2024);
    assert_int_equal(card->state, HAYAT__V1__CARD_STATE__CARD_STATE_ACTIVE);
    assert_true(card->has_photo);
    assert_int_equal(card->update_time->seconds, 1700000000);
    assert_int_equal(card->update_time->nanos, 123000000);
}

static void test_a_dependants_card_by_its_id(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000002");
    fund_put_family(&h, m.owner, 3);
    struct harness_reply all = list_cards(m.token, 0, "");
    assert_ok(all.result);
    const Hayat__V1__ListCardsResponse *list = (const Hayat__V1__ListCardsResponse *)all.response;
    assert_int_equal(list->n_cards, 4);
    assert_string_equal(list->next_page_token, "");
    for (size_t i = 0; i < list->n_cards; i++) {
        struct harness_reply one = get_card(m.token, list->cards[i]->card_id);
        assert_string_equal(card_of(&one)->card_id, list->cards[i]->card_id);
        assert_int_equal(card_of(&one)->beneficiary->relationship, i == 0 ? 1 : i == 1 ? 2 : 3);
    }
}

static bytes packed(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    uint8_t *out = arena_alloc(&h.arena, protobuf_c_message_get_packed_size(reply->response));
    assert_non_null(out);
    return bytes_of(out, protobuf_c_message_pack(reply->response, out));
}

static status drop_view(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredCard *card;
    const struct owner *owner = ctx;
    TRY(card_store_get(txn, *owner, SEQ_HOLDER, &card));
    assert_true(card->view.len > 0);
    card->view = (ProtobufCBinaryData){0};
    return card_store_put(txn, *owner, SEQ_HOLDER, card);
}

/* A store from before views answers alike. */
static void test_a_card_without_its_view_is_the_same(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000009");
    fund_put_family(&h, m.owner, 3);
    struct harness_reply one = get_card(m.token, ""), all = list_cards(m.token, 0, "");
    assert_ok(harness_write(&h, drop_view, &m.owner));
    struct harness_reply built = get_card(m.token, ""), mixed = list_cards(m.token, 0, "");
    assert_true(bytes_equal(packed(&one), packed(&built)));
    assert_true(bytes_equal(packed(&all), packed(&mixed)));
    fund_put_beneficiary(&h, m.owner, SEQ_HOLDER); /* a new beneficiary_id */
    struct harness_reply renewed = get_card(m.token, "");
    assert_string_not_equal(card_of(&renewed)->beneficiary->beneficiary_id,
                            card_of(&one)->beneficiary->beneficiary_id);
}

static void test_no_card_yet(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000003");
    assert_reason(get_card(m.token, "").result, CARD_NOT_ISSUED);
    assert_reason(get_photo(m.token, "").result, CARD_NOT_ISSUED);
    struct harness_reply all = list_cards(m.token, 0, "");
    assert_ok(all.result);
    assert_int_equal(((Hayat__V1__ListCardsResponse *)all.response)->n_cards, 0);
}

static void test_photos(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000004");
    fund_put_family(&h, m.owner, 1);
    struct harness_reply photo = get_photo(m.token, "");
    assert_ok(photo.result);
    assert_string_equal(((Hayat__V1__GetCardPhotoResponse *)photo.response)->media_type,
                        "image/jpeg");
    assert_int_equal(((Hayat__V1__GetCardPhotoResponse *)photo.response)->data.len, 19);
    struct harness_reply all = list_cards(m.token, 0, "");
    const Hayat__V1__ListCardsResponse *list = (const Hayat__V1__ListCardsResponse *)all.response;
    assert_reason(get_photo(m.token, list->cards[1]->card_id).result, PHOTO_NOT_ON_FILE);
}

/* SEC-A3 */
static void test_anothers_card_is_unknown_byte_for_byte(void **state)
{
    (void)state;
    struct harness_member a = harness_member(&h, "999000005"), b = harness_member(&h, "999000006");
    fund_put_family(&h, a.owner, 1);
    fund_put_family(&h, b.owner, 1);
    struct harness_reply mine = get_card(a.token, "");
    const char *anothers = card_of(&mine)->card_id;
    char unknown[ID_TEXT_MAX];
    id_format(id_new(&random_system), "card", unknown);
    struct harness_reply x = get_card(b.token, anothers), y = get_card(b.token, unknown);
    assert_reason(x.result, NOT_FOUND);
    fund_assert_same_failure(&x, &y);
    x = get_photo(b.token, anothers);
    y = get_photo(b.token, unknown);
    assert_reason(x.result, NOT_FOUND);
    fund_assert_same_failure(&x, &y);
}

static void test_pages(void **state)
{
    (void)state;
    struct harness_member a = harness_member(&h, "999000007"), b = harness_member(&h, "999000008");
    fund_put_family(&h, a.owner, 6);
    fund_put_family(&h, b.owner, 6);
    for (int32_t size = 1; size <= 8; size++) {
        char *token = message_text(&h.arena, "");
        size_t seen = 0;
        do {
            struct harness_reply reply = list_cards(a.token, size, token);
            assert_ok(reply.result);
            Hayat__V1__ListCardsResponse *page = (Hayat__V1__ListCardsResponse *)reply.response;
            assert_true(page->n_cards > 0 && page->n_cards <= (size_t)size);
            char expected[16];
            (void)snprintf(expected, sizeof expected, "Essai-%zu", seen);
            assert_string_equal(page->cards[0]->beneficiary->name->given_name, expected);
            seen += page->n_cards;
            token = page->next_page_token;
        } while (token[0] != '\0');
        assert_int_equal(seen, 7);
    }
    struct harness_reply first = list_cards(a.token, 2, "");
    char *token = ((Hayat__V1__ListCardsResponse *)first.response)->next_page_token;
    assert_reason(list_cards(b.token, 2, token).result, PAGE_TOKEN_INVALID);
    assert_reason(list_cards(a.token, 2, "0123456789").result, PAGE_TOKEN_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_holders_card_has_every_field),
        cmocka_unit_test(test_a_dependants_card_by_its_id),
        cmocka_unit_test(test_a_card_without_its_view_is_the_same),
        cmocka_unit_test(test_no_card_yet),
        cmocka_unit_test(test_photos),
        cmocka_unit_test(test_anothers_card_is_unknown_byte_for_byte),
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
