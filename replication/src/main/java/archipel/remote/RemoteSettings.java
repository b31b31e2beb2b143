package archipel.remote;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Network;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.Networks;
import archipel.settings.SettingType.WholeNumber;
import java.nio.file.Path;
import java.util.List;

/** How this node sends requests to others. */
public final class RemoteSettings {
    public static final SettingGroup GROUP = new SettingGroup("Requests to other nodes");

    public static final Setting<List<Network>> DENIED_NETWORKS = GROUP.node(
            "denied_networks",
            new Networks(),
            "169.254.0.0/16, fe80::/10, fd00:ec2::254",
            Change.AT_ONCE,
            "Addresses that replications and peers must never make this node connect to, whatever name resolves to "
                    + "them; by default those of link-local services, such as a cloud's metadata. Add 127.0.0.0/8, ::1 "
                    + "and private networks where users who are no admins may replicate.");
    public static final Setting<Integer> CONNECTIONS_PER_HOST = GROUP.node(
            "connections_per_host",
            new WholeNumber(2, 100_000, ""),
            "1000",
            Change.AT_START,
            "The most connections to one other host and port; further requests wait for one.");
    public static final Setting<Boolean> VERIFY_CERTIFICATES = GROUP.node(
            "verify_remote_certificates",
            SettingGroup.TRUTH,
            "true",
            Change.AT_START,
            "Whether the certificate of a node that is asked by https must be trusted and must be for its name. Unlike "
                    + "CouchDB, Archipel checks unless told not to.",
            couch("replicator", "verify_ssl_certificates"));
    public static final Setting<Path> TRUSTED_CERTIFICATES = GROUP.node(
            "trusted_remote_certificates",
            new FilePath(),
            "",
            Change.AT_START,
            "A PEM file with the certificates to trust in place of the system's, of authorities or of single nodes.",
            couch("replicator", "ssl_trusted_certificates_file"));

    private RemoteSettings() {}
}
