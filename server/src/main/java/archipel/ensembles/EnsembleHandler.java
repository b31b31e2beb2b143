package archipel.ensembles;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.ensemble.Ensemble;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.HttpSettings;
import archipel.http.Request;
import archipel.http.Router;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code _ensemble}, for admins: the members, who leads, and how each group stands. */
final class EnsembleHandler {
    private final @Nullable Ensemble ensemble;

    private final EventsHandler events;

    EnsembleHandler(@Nullable Ensemble ensemble, HttpSettings settings) {
        this.ensemble = ensemble;
        this.events = new EventsHandler(settings);
    }

    void register(Router router) {
        router.serverTree("_ensemble", Access.ADMIN, "GET,HEAD").get(this::get);
    }

    private void get(Request request, Answer answer) throws IOException {
        if (request.path().size() == 2 && request.path().segment(1).equals("events")) {
            events.get(ensemble(), request, answer);
            return;
        }
        if (request.path().size() > 1) {
            throw new RequestException(ErrorCode.MISSING);
        }
        JsonBuffer json = new JsonBuffer(4096);
        ensemble().appendStatus(json);
        answer.json(200, json);
    }

    private Ensemble ensemble() {
        if (ensemble == null) {
            throw new RequestException(ErrorCode.NO_ENSEMBLE);
        }
        return ensemble;
    }
}
