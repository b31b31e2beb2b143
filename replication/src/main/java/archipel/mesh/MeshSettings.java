package archipel.mesh;

import static archipel.settings.SettingGroup.text;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Word;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** Which nodes a node replicates with by itself, and what they may take of it. */
public final class MeshSettings {
    public static final SettingGroup GROUP = new SettingGroup("Peers");

    public static final Setting<List<String>> PEER = GROUP.node(
            "peer",
            new TextList(),
            "",
            Change.AT_START,
            "URLs of nodes to join: invitations, or addresses where both nodes have the same peer_secret. One is "
                    + "enough to know all of a mesh, and those that were joined before need not be given again.");
    public static final Setting<String> PEER_SECRET = GROUP.add(new Setting<>(
            "peer_secret",
            text("|\\S{20,1000}", "at least 20 characters without spaces"),
            "",
            Scope.NODE,
            Change.AT_START,
            List.of(),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "What nodes that join each other by their addresses must have in common. Without one they join by "
                    + "invitation, or by an admin's password."));
    public static final Setting<String> PEER_URL = GROUP.node(
            "peer_url",
            text("|https?://[^/?#@\\s]+/?", "an http or https URL without a path"),
            "",
            Change.AT_START,
            "Where other nodes reach this one, such as http://10.0.0.7:5984. If empty, the address that it listens on; "
                    + "where it listens on all of them, the one under which others see it.");
    public static final Setting<List<String>> PEER_DATABASES = GROUP.node(
            "peer_databases",
            new TextList(),
            "*",
            Change.AT_ONCE,
            "Which databases are replicated with peers that have no list of their own: names, in which * stands for "
                    + "any characters. Those that begin with an underscore only where they are named in full.");
    public static final Setting<Revisions> PEER_REVISIONS = GROUP.node(
            "peer_revisions",
            new Choice<>(SettingGroup.byWord(Revisions.values(), Revisions::word), Map.of()),
            "any",
            Change.AT_ONCE,
            "Which revisions are taken from peers: any, or hashed for those alone whose id is the hash of their "
                    + "content, as is that of all revisions that were made by Archipel, and of none that were made by "
                    + "CouchDB or PouchDB. A peer that sends another one is quarantined.");
    public static final Setting<Integer> MAX_PEERS = GROUP.node(
            "max_peers",
            new WholeNumber(1, 1_000, "nodes"),
            "64",
            Change.AT_ONCE,
            "How many other nodes a mesh may have.");
    public static final Setting<Integer> MAX_PEER_DATABASES = GROUP.node(
            "max_peer_databases",
            new WholeNumber(1, 1_000_000, "databases"),
            "10000",
            Change.AT_ONCE,
            "How many databases of one peer are replicated; further ones are passed over. Nor does a peer make this "
                    + "node have another database once it has so many.");
    public static final Setting<Integer> PEER_PULLS = GROUP.node(
            "peer_pulls",
            new WholeNumber(1, 1_000, ""),
            "4",
            Change.AT_START,
            "How many databases are copied from one peer at the same time.");
    public static final Setting<Integer> PEER_HEARTBEAT_MS = GROUP.node(
            "peer_heartbeat_ms",
            new WholeNumber(100, 300_000, "milliseconds"),
            "10000",
            Change.AT_START,
            "How often a peer that has no news gives a sign of life. One that gives none for three times as long is "
                    + "connected to anew.");
    public static final Setting<Integer> INVITATION_SECONDS = GROUP.node(
            "invitation_seconds",
            new WholeNumber(1, 31_536_000, "seconds"),
            "86400",
            Change.AT_ONCE,
            "How long an invitation can be used.");

    public static final Setting<Integer> PEER_JOIN_ATTEMPTS = GROUP.node(
            "peer_join_attempts",
            new WholeNumber(1, 1_000_000, "attempts"),
            "20",
            Change.AT_START,
            "How often a minute nodes that are not let in may try, from one client address; further attempts are "
                    + "refused without a look.");
    public static final Setting<Boolean> DISCOVER = GROUP.node(
            "discover",
            SettingGroup.TRUTH,
            "false",
            Change.AT_START,
            "Whether to announce this node on the local network by DNS-SD, on the networks that it listens on, and to "
                    + "find others: members at another address, and nodes with the same peer_secret, which are joined. "
                    + "Others are only shown.");
    public static final Setting<Integer> MAX_DISCOVERED = GROUP.node(
            "max_discovered",
            new WholeNumber(1, 1_000, "nodes"),
            "100",
            Change.AT_START,
            "How many nodes that are no members are known of the local network; further ones are passed over.");
    public static final Setting<Integer> DISCOVER_ATTEMPTS = GROUP.node(
            "discover_attempts",
            new WholeNumber(1, 100_000, "attempts"),
            "30",
            Change.AT_START,
            "How often a minute this node connects to addresses that it has heard of on the local network.");

    private MeshSettings() {}

    /** Of {@link #PEER_REVISIONS}. */
    public enum Revisions implements Word {
        ANY,
        HASHED
    }
}
