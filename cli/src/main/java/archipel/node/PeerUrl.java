package archipel.node;

import archipel.settings.SettingException;
import java.util.regex.Pattern;

/**
 * Which node to join, and why it should let this one in: an invitation, or a name and a password, or neither where both
 * nodes know a common secret.
 *
 * @param text all of it; for the node alone, never shown
 * @param shown without what nobody else should see
 */
public record PeerUrl(String text, String shown) {
    private static final Pattern INVITATION = Pattern.compile("[0-9a-f]{32}\\.[0-9a-f]{40}");
    private static final Pattern SECRET = Pattern.compile("#[0-9a-f]{32}\\.[^\\s'\"]*");

    /** @throws SettingException when it cannot be understood; the message has nothing of it */
    public static PeerUrl parse(String text) {
        int hash = text.indexOf('#');
        String address = hash < 0 ? text : text.substring(0, hash);
        NodeUrl url;
        try {
            url = NodeUrl.parse(address);
        } catch (SettingException _) {
            throw new SettingException(
                    "The URL of the peer is invalid. Give an invitation, which \"archipel invite\" prints there, or a "
                            + "URL like http://NAME:PASSWORD@10.0.0.2:5984; in the password, percent-encode everything "
                            + "but letters and digits (@ is %40).");
        }
        if (!url.isWholeNode()) {
            throw new SettingException(
                    "The URL of the peer has a path: give that of the whole node, such as http://10.0.0.2:5984.");
        } else if (hash >= 0 && !INVITATION.matcher(text.substring(hash + 1)).matches()) {
            throw new SettingException("The invitation is not whole: give all that \"archipel invite\" has printed, in "
                    + "quotation marks.");
        } else if ((url.name() == null) != (url.password() == null)) {
            throw new SettingException("The URL of the peer has "
                    + (url.name() == null ? "a password without a name" : "a name without a password")
                    + ": give both, like http://NAME:PASSWORD@10.0.0.2:5984, or neither.");
        }
        return new PeerUrl(text, url + "/");
    }

    /** Takes secrets of invitations out of a text that is to be shown. */
    public static String withoutSecrets(String text) {
        return SECRET.matcher(text).replaceAll("#...");
    }

    /** Whether it has a name and a password. */
    boolean hasLogin() {
        return text.indexOf('@') >= 0;
    }

    @Override
    public String toString() {
        return shown;
    }
}
