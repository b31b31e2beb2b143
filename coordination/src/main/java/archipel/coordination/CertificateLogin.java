package archipel.coordination;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.auth.ServerAuthenticationProvider;
import org.jspecify.annotations.Nullable;

/**
 * The scheme {@code x509}: a client's certificate, which was checked as its connection began. Its common name is that
 * of an account of the node, and the account's rights are had; the access lists of nodes have the whole subject, as
 * ZooKeeper writes it. Made by the library, which finds it by its name.
 */
public final class CertificateLogin extends ServerAuthenticationProvider {
    private static final String SCHEME = "x509";
    private static final String SUPER = "super";
    private static final String COMMON_NAME = "CN";

    /**
     * Says who a client is by what it has shown. May take a while.
     *
     * @throws Accounts.Busy where that cannot be told at the moment
     */
    static void identify(TreeServer server, ServerCnxn connection) {
        Certificate[] chain = connection.getClientCertificateChain();
        if (chain == null || !(chain[0] instanceof X509Certificate shown)) {
            return;
        }
        String subject = shown.getSubjectX500Principal().getName();
        String name = commonName(subject);
        Accounts.@Nullable Standing standing =
                name == null ? null : server.accounts().certified(name);
        if (standing == Accounts.Standing.ADMIN) {
            connection.addAuthInfo(new Id(SUPER, name));
        }
        if (standing != null || server.isOpen()) {
            connection.addAuthInfo(new Id(SCHEME, subject));
        }
    }

    private static @Nullable String commonName(String subject) {
        try {
            String name = null;
            // From the last one, which is the most general, to the first.
            for (Rdn part : new LdapName(subject).getRdns()) {
                if (part.getType().equalsIgnoreCase(COMMON_NAME)) {
                    name = part.getValue() instanceof String text ? text : null;
                }
            }
            return name;
        } catch (InvalidNameException e) {
            return null;
        }
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    /** What a client says adds nothing to what it has shown. */
    @Override
    public Code handleAuthentication(ServerObjs objects, byte[] given) {
        return objects.getCnxn().getAuthInfo().stream()
                        .anyMatch(id -> id.getScheme().equals(SCHEME))
                ? Code.OK
                : Code.AUTHFAILED;
    }

    @Override
    public boolean matches(ServerObjs objects, MatchValues values) {
        return values.getId().equals(values.getAclExpr());
    }

    @Override
    public boolean isAuthenticated() {
        return true;
    }

    @Override
    public boolean isValid(String id) {
        try {
            return !new X500Principal(id).getName().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String getUserName(String id) {
        String name = commonName(id);
        return name == null ? id : name;
    }
}
