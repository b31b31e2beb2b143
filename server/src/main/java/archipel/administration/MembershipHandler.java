package archipel.administration;

import archipel.changes.BackgroundTask;
import archipel.document.JsonBuffer;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.Router;
import archipel.settings.Settings;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** {@code /_membership} and {@code /_active_tasks}: which nodes there are, and what they are at. */
final class MembershipHandler {
    private final HttpServices services;
    private final Settings settings;
    private final Supplier<List<byte[]>> replications;

    MembershipHandler(HttpServices services, Administration administration) {
        this.services = services;
        this.settings = administration.settings();
        this.replications = administration.replicationTasks();
    }

    void register(Router router) {
        router.server("_membership", Access.ADMIN, "GET").get(this::members);
        router.server("_active_tasks", Access.ADMIN, "GET,HEAD").get(this::tasks);
    }

    private void members(Request request, Answer answer) throws IOException {
        String name = settings.get(AdministrationSettings.NODE_NAME);
        JsonBuffer json = new JsonBuffer(128).ascii("{\"all_nodes\":[").string(name);
        answer.json(200, json.ascii("],\"cluster_nodes\":[").string(name).ascii("]}"));
    }

    private void tasks(Request request, Answer answer) throws IOException {
        JsonBuffer json = new JsonBuffer(256).ascii('[');
        String separator = "";
        int number = 0;
        for (BackgroundTask task : services.node().tasks()) {
            begin(json.ascii(separator), ++number);
            json.ascii(",\"changes_done\":").number(task.changesDone());
            json.ascii(",\"database\":").string(task.database());
            if (task.designDocument() != null) {
                json.ascii(",\"design_document\":").string(task.designDocument());
            }
            json.ascii(",\"progress\":").number(task.progress());
            json.ascii(",\"started_on\":").number(task.startedMs() / 1000);
            json.ascii(",\"total_changes\":").number(task.totalChanges());
            json.ascii(",\"type\":").string(task.type());
            json.ascii(",\"updated_on\":").number(task.updatedMs() / 1000).ascii('}');
            separator = ",";
        }
        for (byte[] replication : replications.get()) {
            begin(json.ascii(separator), ++number).raw(replication).ascii('}');
            separator = ",";
        }
        answer.json(200, json.ascii(']'));
    }

    private JsonBuffer begin(JsonBuffer json, int number) {
        json.ascii("{\"node\":").string(settings.get(AdministrationSettings.NODE_NAME));
        return json.ascii(",\"pid\":").string("<0." + number + ".0>");
    }
}
