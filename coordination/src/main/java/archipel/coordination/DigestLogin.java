package archipel.coordination;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.ServerCnxn.DisconnectReason;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.apache.zookeeper.server.auth.ServerAuthenticationProvider;
import org.jspecify.annotations.Nullable;

/**
 * The scheme {@code digest}: a name and a password. In ZooKeeper any will do, and whoever knows both has what the
 * access lists give to them. Here they are those of an account of the node, and the account's rights are had, too; in
 * an open tree others are taken as ZooKeeper takes them. Made by the library, which finds it by its name.
 */
public final class DigestLogin extends ServerAuthenticationProvider {
    private static final String SCHEME = "digest";
    private static final String SUPER = "super";

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public Code handleAuthentication(ServerObjs objects, byte[] given) {
        if (!(objects.getZks() instanceof TreeServer server)) {
            return Code.AUTHFAILED;
        }
        String text = new String(given, StandardCharsets.UTF_8);
        int colon = text.indexOf(':');
        if (colon < 0) {
            // It is no account's.
            return server.isOpen() ? take(objects, text) : Code.AUTHFAILED;
        }
        InetSocketAddress from = objects.getCnxn().getRemoteSocketAddress();
        String address = from == null ? "" : from.getAddress().getHostAddress();
        Accounts.@Nullable Standing standing;
        try {
            String name = text.substring(0, colon);
            standing = server.isOpen() && !server.accounts().isAccount(name)
                    ? null
                    : server.accounts().login(name, text.substring(colon + 1), address);
        } catch (Accounts.Busy e) {
            // Its client gives up for good where it is told that the login has failed.
            objects.getCnxn().close(DisconnectReason.UNKNOWN);
            return Code.OK;
        }
        if (standing == null && !server.isOpen()) {
            return Code.AUTHFAILED;
        }
        if (standing == Accounts.Standing.ADMIN) {
            objects.getCnxn().addAuthInfo(new Id(SUPER, text.substring(0, colon)));
        }
        return take(objects, text);
    }

    private static Code take(ServerObjs objects, String text) {
        try {
            objects.getCnxn().addAuthInfo(new Id(SCHEME, DigestAuthenticationProvider.generateDigest(text)));
        } catch (NoSuchAlgorithmException e) {
            return Code.AUTHFAILED;
        }
        return Code.OK;
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
        return id.split(":").length == 2;
    }

    @Override
    public String getUserName(String id) {
        return id.split(":")[0];
    }
}
