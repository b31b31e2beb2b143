package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are known by something else than a password or a session, and how passwords are kept. */
class AccountsTest {
    private static final String CONFIG = "/_node/_local/_config";
    private static final String SECRET = "a secret of at least 256 bits, which is 32 bytes";
    private static final String LATER = "\"exp\":4102441199";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(directory.resolve("data"));
        set(
                "chttpd/authentication_handlers",
                "{chttpd_auth, jwt_authentication_handler}, {chttpd_auth, proxy_authentication_handler}, "
                        + "{chttpd_auth, cookie_authentication_handler}, "
                        + "{chttpd_auth, default_authentication_handler}");
        set("jwt_keys/hmac:_default", Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void token_signedWithHmac_saysWhoItIs() throws Exception {
        String token =
                token("HS256", new MACSigner(SECRET), "{\"sub\":\"ada\"," + LATER + ",\"_couchdb.roles\":[\"a\"]}");
        assertEquals(
                "200 {\"ok\":true,\"userCtx\":{\"name\":\"ada\",\"roles\":[\"a\"]},\"info\":{"
                        + "\"authentication_handlers\":[\"jwt\",\"proxy\",\"cookie\",\"default\"],"
                        + "\"authenticated\":\"jwt\",\"authentication_db\":\"_users\"}}",
                session(token).toString());
        String admin = token(
                "HS256", new MACSigner(SECRET), "{\"sub\":\"boss\"," + LATER + ",\"_couchdb.roles\":\"_admin, x\"}");
        assertEquals(
                200,
                server.send("GET", "/_all_dbs", null, "Authorization", "Bearer " + admin)
                        .status());
        assertEquals(401, server.send("GET", "/_all_dbs", null).status());
    }

    @Test
    void token_signedWithAShortSecret_isAcceptedAsInCouchDb() throws Exception {
        set("jwt_keys/hmac:short", "aGVsbG8="); // "hello", CouchDB's own example
        String text =
                encoded("{\"alg\":\"HS512\",\"kid\":\"short\"}") + "." + encoded("{\"sub\":\"ada\"," + LATER + "}");
        String token = text + "." + encoded(hmac("HmacSHA512", "hello", text));
        assertTrue(
                session(token).body().contains("\"name\":\"ada\""),
                session(token).toString());
    }

    @Test
    void token_signedWithRsaOrAnEllipticCurve_saysWhoItIs() throws Exception {
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        set("jwt_keys/rsa:_default", pem(rsa.getPublic()));
        String claims = "{\"sub\":\"ada\"," + LATER + "}";
        for (String algorithm : new String[] {"RS256", "RS384", "RS512"}) {
            String token = token(algorithm, new RSASSASigner(rsa.getPrivate()), claims);
            assertTrue(session(token).body().contains("\"name\":\"ada\""), algorithm);
        }
        KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
        curve.initialize(256);
        KeyPair elliptic = curve.generateKeyPair();
        set("jwt_keys/ec:_default", pem(elliptic.getPublic()));
        String token = token("ES256", new ECDSASigner((ECPrivateKey) elliptic.getPrivate()), claims);
        assertTrue(
                session(token).body().contains("\"name\":\"ada\""),
                session(token).toString());
        String other = encoded("{\"alg\":\"ES384\"}") + "." + encoded(claims);
        Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
        signature.initSign(elliptic.getPrivate());
        signature.update(other.getBytes(StandardCharsets.US_ASCII));
        assertTrue(session(other + "." + encoded(signature.sign())).body().contains("\"name\":\"ada\""));
        assertRefused(400, "Bad signature in authentication token", other + "." + encoded(new byte[64]));
        assertRefused(
                400, "Unknown kid", encoded("{\"alg\":\"RS256\",\"kid\":\"x\"}") + "." + encoded(claims) + ".c2ln");
    }

    @Test
    void token_thatIsNone_isRefusedInCouchDbsWords() throws Exception {
        MACSigner signer = new MACSigner(SECRET);
        assertRefused(400, "Malformed authentication token", "abc");
        assertRefused(400, "Malformed authentication token", "a.b.c");
        assertRefused(400, "Missing alg header parameter", encoded("{}") + "." + encoded("{}") + ".x");
        for (String algorithm : new String[] {"none", "HS1", "PS256"}) {
            String header = encoded("{\"alg\":\"" + algorithm + "\"}");
            assertRefused(400, "Invalid alg header parameter", header + "." + encoded("{\"sub\":\"root\"}") + ".");
        }
        assertRefused(400, "Missing exp claim", token("HS256", signer, "{\"sub\":\"ada\"}"));
        assertRefused(401, "exp not in future", token("HS256", signer, "{\"sub\":\"ada\",\"exp\":1000}"));
        assertRefused(400, "Invalid exp claim", token("HS256", signer, "{\"sub\":\"ada\",\"exp\":\"never\"}"));
        assertRefused(
                401, "nbf not in past", token("HS256", signer, "{\"sub\":\"a\",\"nbf\":4102441199," + LATER + "}"));
        assertRefused(401, "Token missing sub claim.", token("HS256", signer, "{" + LATER + "}"));
        String good = token("HS256", signer, "{\"sub\":\"ada\"," + LATER + "}");
        String changed = good.substring(0, good.indexOf('.') + 1)
                + encoded("{\"sub\":\"root\"," + LATER + "}")
                + good.substring(good.lastIndexOf('.'));
        assertRefused(400, "Bad HMAC in authentication token", changed);
    }

    @Test
    void token_requiredClaimsAndRoles_areWhatTheSettingsSay() throws Exception {
        MACSigner signer = new MACSigner(SECRET);
        String claims = "{\"sub\":\"ada\"," + LATER + ",\"iss\":\"me\",\"my.roles\":{\"here\":[\"a\",\"b\"]}}";
        set("jwt_auth/required_claims", "exp, {iss, \"us\"}");
        assertRefused(400, "Invalid iss claim", token("HS256", signer, claims));
        assertRefused(400, "Missing iss claim", token("HS256", signer, "{\"sub\":\"ada\"," + LATER + "}"));
        set("jwt_auth/required_claims", "exp, {iss, \"me\"}");
        set("jwt_auth/roles_claim_path", "my\\\\.roles.here");
        assertTrue(session(token("HS256", signer, claims)).body().contains("\"roles\":[\"a\",\"b\"]"));
        set("jwt_auth/roles_claim_path", "my.roles.here");
        assertRefused(404, "missing json key: my", token("HS256", signer, claims));
        assertEquals(
                400,
                server.put(CONFIG + "/jwt_auth/required_claims", "\"{iss}\"").status());
        server.delete(CONFIG + "/jwt_auth/roles_claim_path");
        server.delete(CONFIG + "/jwt_auth/required_claims");
    }

    @Test
    void proxyHeaders_areBelievedWithTheSecretOrFromATrustedAddress() throws Exception {
        String[] headers = {"X-Auth-CouchDB-UserName", "ada", "X-Auth-CouchDB-Roles", "a, b"};
        String known = "\"userCtx\":{\"name\":\"ada\",\"roles\":[\"a\",\"b\"]}";
        assertTrue(server.send("GET", "/_session", null, headers).body().contains(known));
        set("chttpd_auth/proxy_use_secret", "true");
        set("chttpd_auth/secret", "shared");
        assertTrue(server.send("GET", "/_session", null, headers).body().contains("\"name\":null"));
        for (String algorithm : new String[] {"HmacSHA256", "HmacSHA1"}) {
            String token = HexFormat.of().formatHex(hmac(algorithm, "shared", "ada"));
            String[] proven = {headers[0], headers[1], headers[2], headers[3], "X-Auth-CouchDB-Token", token};
            Answer answer = server.send("GET", "/_session", null, proven);
            assertTrue(answer.body().contains(known), answer.toString());
            assertTrue(answer.body().contains("\"authenticated\":\"proxy\""));
            proven[5] = token.replace(token.charAt(0), token.charAt(0) == '0' ? '1' : '0');
            assertTrue(server.send("GET", "/_session", null, proven).body().contains("\"name\":null"));
        }
        server.delete(CONFIG + "/chttpd_auth/proxy_use_secret");
        try (TestServer other = TestServer.start(directory.resolve("other"), Map.of("trusted_proxies", "10.0.0.1"))) {
            other.put(CONFIG + "/chttpd/authentication_handlers", "\"proxy, default\"");
            assertTrue(other.send("GET", "/_session", null, headers).body().contains("\"name\":null"));
        }
    }

    @Test
    void weakHash_atLogin_isMadeAnew() throws IOException {
        String path = "/_users/org.couchdb.user:old";
        // SHA-1 of "pass" and "salt", as CouchDB before 1.3 wrote it.
        server.put(
                path,
                "{\"type\":\"user\",\"name\":\"old\",\"roles\":[\"r\"],\"password_scheme\":\"simple\","
                        + "\"salt\":\"salt\","
                        + "\"password_sha\":\"5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8\",\"more\":1.0}");
        assertEquals(401, as("old", "pass").status());
        server.put(
                path + "?rev=" + revision(path),
                "{\"type\":\"user\",\"name\":\"old\",\"roles\":[\"r\"],\"password_scheme\":\"simple\","
                        + "\"salt\":\"salt\","
                        + "\"password_sha\":\"" + sha1("passsalt") + "\",\"more\":1.0}");
        set("chttpd_auth/upgrade_hash_on_auth", "false");
        assertEquals(200, as("old", "pass").status());
        server.delete(CONFIG + "/chttpd_auth/upgrade_hash_on_auth");
        Answer login = server.send(
                "POST", "/_session", "name=old&password=pass", "Content-Type", "application/x-www-form-urlencoded");
        assertEquals(200, login.status());
        eventually(path, "\"pbkdf2_prf\":\"sha256\"");
        String body = server.get(path).body();
        assertTrue(body.contains("\"salt\":\"salt\",\"iterations\":10") && body.contains("\"more\":1.0"), body);
        assertTrue(!body.contains("password_sha"), body);
        String cookie = login.header("Set-Cookie");
        Answer session = server.send("GET", "/_session", null, "Cookie", cookie.substring(0, cookie.indexOf(';')));
        assertTrue(session.body().contains("\"name\":\"old\""), "the session goes on");
        String revision = revision(path);
        assertEquals(200, as("old", "pass").status());
        assertEquals(revision, revision(path), "once is enough");
    }

    @Test
    void pbkdf2Prf_changed_holdsForNewPasswordsAndAtLogin() throws IOException {
        String path = "/_users/org.couchdb.user:prf";
        assertEquals(201, user(path, "one").status());
        assertTrue(server.get(path).body().contains("\"pbkdf2_prf\":\"sha256\""));
        assertEquals(
                400, server.put(CONFIG + "/chttpd_auth/pbkdf2_prf", "\"md5\"").status());
        Answer changed = server.put(CONFIG + "/chttpd_auth/pbkdf2_prf", "\"sha512\"");
        assertEquals("200 \"sha256\"", changed.toString());
        assertEquals("", changed.header("Warning"));
        assertEquals(200, as("prf", "one").status());
        eventually(path, "\"pbkdf2_prf\":\"sha512\"");
        String salt = server.get(path).json().get("salt").asString();
        assertEquals(200, as("prf", "one").status());
        String two = "{\"type\":\"user\",\"name\":\"prf\",\"roles\":[],\"password\":\"two\"}";
        assertEquals(201, server.put(path + "?rev=" + revision(path), two).status());
        assertEquals(128, server.get(path).json().get("derived_key").asString().length());
        assertTrue(!server.get(path).body().contains(salt), "a new password has a new salt");
        assertEquals(200, as("prf", "two").status());
        assertEquals(401, as("prf", "one").status());
        // What is stronger than asked for stays so until the password changes.
        set("chttpd_auth/pbkdf2_prf", "sha");
        String revision = revision(path);
        assertEquals(200, as("prf", "two").status());
        assertEquals(revision, revision(path));
        set("admins/chief", "secret");
        assertTrue(server.get(CONFIG + "/admins/chief").body().startsWith("\"-pbkdf2:sha-"));
        set("chttpd_auth/pbkdf2_prf", "sha384");
        assertEquals(200, as("chief", "secret").status());
        eventually(CONFIG + "/admins/chief", "\"-pbkdf2:sha384-");
        assertEquals(200, as("chief", "secret").status());
        server.delete(CONFIG + "/admins/chief");
        server.delete(CONFIG + "/chttpd_auth/pbkdf2_prf");
    }

    @Test
    void weakHash_ofAnAdmin_isMadeAnew() throws IOException {
        set("admins/old", "-hashed-" + sha1("passsalt") + ",salt");
        assertEquals(200, as("old", "pass").status());
        eventually(CONFIG + "/admins/old", "\"-pbkdf2:sha256-");
        assertEquals(200, as("old", "pass").status());
        server.delete(CONFIG + "/admins/old");
    }

    @Test
    void passwordRegexp_set_holdsForNewPasswords() throws IOException {
        String path = "/_users/org.couchdb.user:strong";
        set(
                "chttpd_auth/password_regexp",
                "[{\\\".{10,}\\\", \\\"Ten at least.\\\"}, {\\\"[A-Z]\\\"}, \\\"\\\\\\\\d+\\\"]");
        String weak = "400 {\"error\":\"bad_request\",\"reason\":\"Password does not conform to requirements.";
        assertEquals(weak + " Ten at least.\"}", user(path, "Abc1").toString());
        assertEquals(weak + "\"}", user(path, "abcdefghi1").toString());
        assertEquals(weak + "\"}", user(path, "Abcdefghij").toString());
        assertEquals(201, user(path, "Abcdefghi1").status());
        for (String unusable : new String[] {"{{\\\".{10,}\\\"}}", "[{\\\".{10,}\\\"]", "[\\\"(\\\"]", "no list"}) {
            set("chttpd_auth/password_regexp", unusable);
            assertEquals(
                    "403 {\"error\":\"forbidden\",\"reason\":\"Server cannot hash passwords at this time.\"}",
                    user("/_users/org.couchdb.user:any", "Abcdefghi1").toString());
        }
        set("chttpd_auth/password_regexp", "[\\\"^" + ".*".repeat(10) + "=x\\\"]");
        assertEquals(403, user("/_users/org.couchdb.user:any", "a".repeat(300)).status(), "ends all the same");
        server.delete(CONFIG + "/chttpd_auth/password_regexp");
    }

    @Test
    void authDesign_inUsers_isThereAlsoOnceItWasMadeAnew() throws IOException {
        try (TestServer other = TestServer.start(directory.resolve("design"))) {
            assertTrue(other.get("/_users/_design/_auth").body().contains("\"validate_doc_update\""));
            assertEquals(200, other.delete("/_users").status());
            assertEquals(201, other.put("/_users", "").status());
            assertEquals(200, other.get("/_users/_design/_auth").status());
            String user = "{\"type\":\"user\",\"name\":\"x\",\"roles\":[],\"password\":\"x\"}";
            Answer made = other.put("/_users/org.couchdb.user:x", user);
            assertEquals(201, made.status());
            String revision = made.body().replaceAll("(?s).*\"rev\":\"([^\"]+)\".*", "$1");
            assertEquals(
                    200,
                    other.delete("/_users/org.couchdb.user:x?rev=" + revision).status());
        }
    }

    @Test
    void authenticationDb_set_isWhereUsersAre() throws IOException {
        server.put("/people", "");
        set("chttpd_auth/authentication_db", "people");
        assertEquals(201, user("/people/org.couchdb.user:eve", "secret").status());
        assertTrue(!server.get("/people/org.couchdb.user:eve").body().contains("secret"));
        assertEquals(200, as("eve", "secret").status());
        server.delete(CONFIG + "/chttpd_auth/authentication_db");
        assertEquals(401, as("eve", "secret").status());
    }

    /** What happens in the background takes milliseconds here; a thousand requests take longer. */
    private static void eventually(String path, String part) throws IOException {
        String body = "";
        for (int i = 0; i < 1_000 && !body.contains(part); i++) {
            body = server.get(path).body();
        }
        assertTrue(body.contains(part), body);
    }

    private static void set(String key, String value) throws IOException {
        assertEquals(
                200, server.put(CONFIG + "/" + key, "\"" + quoted(value) + "\"").status(), key);
    }

    /** Texts that have their own backslashes are JSON already. */
    private static String quoted(String value) {
        return value.contains("\\") ? value : value.replace("\"", "\\\"").replace("\n", "\\\\n");
    }

    private static Answer session(String token) throws IOException {
        return server.send("GET", "/_session", null, "Authorization", "Bearer " + token);
    }

    private static void assertRefused(int status, String reason, String token) throws IOException {
        Answer answer = session(token);
        assertEquals(status, answer.status(), answer.toString());
        assertTrue(answer.body().contains("\"reason\":\"" + reason + "\""), answer.toString());
    }

    private static Answer as(String name, String password) throws IOException {
        return server.send("GET", "/_session", null, "Authorization", TestServer.basic(name, password));
    }

    private static Answer user(String path, String password) throws IOException {
        String name = path.substring(path.indexOf(':') + 1);
        return server.put(
                path, "{\"type\":\"user\",\"name\":\"" + name + "\",\"roles\":[],\"password\":\"" + password + "\"}");
    }

    private static String revision(String path) throws IOException {
        return server.get(path).body().replaceAll("(?s).*\"_rev\":\"([^\"]+)\".*", "$1");
    }

    private static String token(String algorithm, JWSSigner signer, String claims) throws JOSEException {
        JWSObject token = new JWSObject(new JWSHeader(JWSAlgorithm.parse(algorithm)), new Payload(claims));
        token.sign(signer);
        return token.serialize();
    }

    private static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static String encoded(String text) {
        return encoded(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] hmac(String algorithm, String key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), algorithm));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException(absent);
        }
    }
}
