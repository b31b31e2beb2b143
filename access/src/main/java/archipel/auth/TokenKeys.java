package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Settings;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.util.Base64URL;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys that tokens are signed with: CouchDB's {@code [jwt_keys]}, each at {@code hmac:}, {@code rsa:} or {@code
 * ec:} and its id. Each is kept as it was read for as long as the settings say the same.
 */
final class TokenKeys {
    static final String SECTION = "jwt_keys";
    private static final Set<String> TYPES = Set.of("hmac", "rsa", "ec");

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN (RSA PUBLIC KEY|PUBLIC KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");
    /** What stands before a key of PKCS#1 to make it one that says that it is for RSA (RFC 3279). */
    private static final byte[] RSA_IDENTIFIER = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

    private final Settings settings;
    private final ConcurrentHashMap<CouchKey, KnownKey> known = new ConcurrentHashMap<>();

    TokenKeys(Settings settings) {
        this.settings = settings;
        settings.onChange(key -> {
            if (key.section().equals(SECTION)) {
                known.clear();
            }
        });
    }

    /**
     * What checks signatures of this algorithm by this key.
     *
     * @throws RequestException 400 where there is no such key, or it is none
     */
    JWSVerifier verifier(String algorithm, String id) throws JOSEException {
        return switch (algorithm.substring(0, 2)) {
            case "HS" -> hmac(algorithm, key("hmac", id));
            case "RS" -> new RSASSAVerifier((RSAPublicKey) key("rsa", id));
            default -> elliptic(algorithm, (ECPublicKey) key("ec", id));
        };
    }

    /**
     * The library takes no secrets shorter than the hash, which CouchDB does. HMAC fills keys up with zeros itself (RFC
     * 2104), so that one filled up before is the same key.
     */
    private static JWSVerifier hmac(String algorithm, Key key) throws JOSEException {
        int least = Integer.parseInt(algorithm.substring(2)) / 8;
        byte[] secret = key.getEncoded();
        return new MACVerifier(secret.length < least ? Arrays.copyOf(secret, least) : secret);
    }

    private static JWSVerifier elliptic(String algorithm, ECPublicKey key) throws JOSEException {
        JWSVerifier strict = new ECDSAVerifier(key);
        JWSAlgorithm wanted = JWSAlgorithm.parse(algorithm);
        return strict.supportedJWSAlgorithms().contains(wanted) ? strict : new OtherCurve(wanted, key);
    }

    private Key key(String type, String id) {
        CouchKey place = new CouchKey(SECTION, type + ":" + id);
        String text = settings.stored(place);
        if (text == null) {
            throw new RequestException(ErrorCode.TOKEN_KEY_UNKNOWN);
        }
        KnownKey found = known.get(place);
        if (found == null || !found.text.equals(text)) {
            found = new KnownKey(text, read(type, text));
            known.put(place, found);
        }
        return found.key;
    }

    /** Why no token can be signed with such a key; null where one can. */
    static @Nullable String fault(String name, String text) {
        String type = name.substring(0, Math.max(0, name.indexOf(':')));
        if (!TYPES.contains(type)) {
            return "the name has to begin with hmac:, rsa: or ec:";
        }
        try {
            read(type, text);
            return null;
        } catch (RequestException unusable) {
            return unusable.reason();
        }
    }

    private static Key read(String type, String text) {
        try {
            if (type.equals("hmac")) {
                byte[] secret = Base64.getMimeDecoder().decode(text);
                if (secret.length == 0) {
                    throw new RequestException(ErrorCode.TOKEN_KEY_INVALID);
                }
                return new SecretKeySpec(secret, "HMAC");
            }
            PublicKey key = publicKey(type, text);
            if (type.equals("rsa") ? key instanceof RSAPublicKey : key instanceof ECPublicKey) {
                return key;
            }
        } catch (IllegalArgumentException | GeneralSecurityException unreadable) {
            // Refused below, like a key of another kind.
        }
        throw new RequestException(type.equals("rsa") ? ErrorCode.TOKEN_KEY_NOT_RSA : ErrorCode.TOKEN_KEY_NOT_EC);
    }

    private static PublicKey publicKey(String type, String text) throws GeneralSecurityException {
        Matcher pem = PEM.matcher(text.replace("\\n", "\n").strip());
        if (!pem.matches()) {
            throw new RequestException(ErrorCode.TOKEN_KEY_INVALID);
        }
        byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
        byte[] key = pem.group(1).startsWith("RSA") ? identified(der) : der;
        return KeyFactory.getInstance(type.equals("rsa") ? "RSA" : "EC").generatePublic(new X509EncodedKeySpec(key));
    }

    private static byte[] identified(byte[] rsaKey) {
        byte[] bits = element(
                0x03,
                ByteBuffer.allocate(rsaKey.length + 1).put((byte) 0).put(rsaKey).array());
        return element(
                0x30,
                ByteBuffer.allocate(RSA_IDENTIFIER.length + bits.length)
                        .put(RSA_IDENTIFIER)
                        .put(bits)
                        .array());
    }

    /** In DER, with a length of two bytes. */
    private static byte[] element(int tag, byte[] content) {
        return ByteBuffer.allocate(content.length + 4)
                .put((byte) tag)
                .put((byte) 0x82)
                .putShort((short) content.length)
                .put(content)
                .array();
    }

    /** @param text what it was read from: a key counts only while that is what the settings say */
    private record KnownKey(String text, Key key) {}

    /**
     * ECDSA with a hash that is not the one RFC 7518 has for the key's curve, such as ES384 with P-256: the library
     * refuses it, CouchDB takes it.
     */
    private record OtherCurve(JWSAlgorithm algorithm, ECPublicKey key) implements JWSVerifier {
        @Override
        public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
            if (header.getCriticalParams() != null
                    && !header.getCriticalParams().isEmpty()) {
                return false;
            }
            try {
                String hash = "SHA" + algorithm.getName().substring(2);
                Signature ecdsa = Signature.getInstance(hash + "withECDSA");
                ecdsa.initVerify(key);
                ecdsa.update(signed);
                return ecdsa.verify(ECDSA.transcodeSignatureToDER(signature.decode()));
            } catch (GeneralSecurityException unverifiable) {
                return false;
            }
        }

        @Override
        public Set<JWSAlgorithm> supportedJWSAlgorithms() {
            return Set.of(algorithm);
        }

        @Override
        public JCAContext getJCAContext() {
            return new JCAContext();
        }
    }
}
