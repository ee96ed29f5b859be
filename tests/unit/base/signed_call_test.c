/* What a device signs is what docs/clients.md publishes, byte for byte: the vectors there, made by other code, are these. */
#include "base/signed_call.h"

#include <sodium.h>

#include "base/codec.h"
#include "tests/support/cm.h"

#define TOKEN_BODY "0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk"

struct vector {
    const char *token, *method;
    bytes text, request; /* text.ptr NULL: the body is the request alone */
    const char *message, *signature;
};

static void check(const struct vector *vector)
{
    uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES],
        secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    char hex[2 * SIGNED_CALL_MESSAGE_MAX + 1];
    struct signed_call call = {.method = vector->method};
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)i;
        call.nonce[i] = (uint8_t)(0x20 + i);
    }
    signed_call_digest(bytes_str(vector->token), call.token_digest);
    if (vector->text.ptr == NULL) {
        signed_call_digest(vector->request, call.body_hash);
    } else {
        signed_call_body(vector->text, vector->request, call.body_hash);
    }
    size_t len = signed_call_message(&call, message);
    hex_encode(bytes_of(message, len), hex);
    assert_string_equal(hex, vector->message);
    assert_int_equal(crypto_sign_seed_keypair(public_key, secret, seed), 0);
    assert_int_equal(crypto_sign_detached(signature, NULL, message, len, secret), 0);
    hex_encode(bytes_of(signature, sizeof signature), hex);
    assert_string_equal(hex, vector->signature);
}

static void a_refresh_is_the_published_one(void **state)
{
    (void)state;
    check(&(struct vector){
        .token = "hyr_" TOKEN_BODY,
        .method = "/hayat.v1.SessionService/RefreshSession",
        .request = bytes_str("0198c000-0000-4000-8000-000000000001"),
        .message = "6861796174207369676e65642063616c6c20763100"
                   "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                   "1e90177807881272de4c1c47db1c22b1a0036c2d1530911c6b24083a62a94737"
                   "2f68617961742e76312e53657373696f6e536572766963652f526566726573685365"
                   "7373696f6e"
                   "31d2006cec3d9ab879fea84532d358cffc44e0b9e8c9ebde2ee255e9d9d4cf20",
        .signature = "dba1a7a79396933da6103ea6980450f0a3ec8e463a40839cf7c6ebc0b334db75"
                     "47c6e28428a990b2a6181df72fe0a5b2281ef22f8c3ce40245fb1bb99e359106",
    });
}

static void a_confirmation_is_the_published_one(void **state)
{
    (void)state;
    check(&(struct vector){
        .token = "hyt_" TOKEN_BODY,
        .method = "/hayat.v1.SessionService/RevokeDevice",
        .text = bytes_str("Retirer l'appareil dev_00000000000000000000000000, enregistré le 15 "
                          "janvier 2026 : ses sessions prennent fin et il ne pourra plus se "
                          "connecter."),
        .request = bytes_str("\x0a\x24"
                             "0198c000-0000-4000-8000-000000000002"
                             "\x12\x1e"
                             "dev_00000000000000000000000000"),
        .message = "6861796174207369676e65642063616c6c20763100"
                   "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                   "e35b8822b0ba6cdc4ec88b3ef3d903f34541ea728c481dc7833af89b48cbfda7"
                   "2f68617961742e76312e53657373696f6e536572766963652f5265766f6b65446576"
                   "696365"
                   "f92e5603dd3d62e0bf441cbc6ef2ed48735919025685f693fa5e7cb2c147837c",
        .signature = "5241bb9267c9cb5fe3035626f90076307ef6419d30caaf768df579888d3abd1c"
                     "ae377414e540060a1a2b8eb869695f77d693f32e7ba2c2ed1983a692745cde07",
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refresh_is_the_published_one),
        cmocka_unit_test(a_confirmation_is_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
