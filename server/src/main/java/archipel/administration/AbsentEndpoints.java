package archipel.administration;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Route;
import archipel.http.Router;
import archipel.http.Verb;
import java.util.List;

/**
 * CouchDB's endpoints that this node does not have. They answer 501 with a reason: without a route of their own
 * their names would be taken for those of databases and documents, whose absence says nothing.
 */
final class AbsentEndpoints {
    private static final List<Absent> ON_THE_SERVER = List.of(
            new Absent("_reshard", Access.ADMIN, ErrorCode.NO_SHARDS),
            new Absent("_cluster_setup", Access.ADMIN, ErrorCode.NO_CLUSTER),
            new Absent("_search_analyze", Access.ANYONE, ErrorCode.NO_FULL_TEXT),
            new Absent("_nouveau_analyze", Access.ANYONE, ErrorCode.NO_FULL_TEXT));

    private static final List<String> OF_DESIGN_DOCUMENTS =
            List.of("_search", "_search_info", "_search_disk_size", "_nouveau", "_nouveau_info");

    private AbsentEndpoints() {}

    static void register(Router router) {
        for (Absent absent : ON_THE_SERVER) {
            answer(router.serverTree(absent.name, absent.access, ""), absent.code);
        }
        for (String name : OF_DESIGN_DOCUMENTS) {
            answer(router.design(name, Access.MEMBER, ""), ErrorCode.NO_FULL_TEXT);
        }
    }

    private static void answer(Route<?> route, ErrorCode code) {
        for (Verb verb : Verb.values()) {
            route.on(verb, (_, _) -> {
                throw new RequestException(code);
            });
        }
    }

    private record Absent(String name, Access access, ErrorCode code) {}
}
