package archipel.javaclient;

import archipel.client.Archipel;
import archipel.sessions.DocumentSessionRepository;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.springframework.session.web.http.SessionRepositoryFilter;

/** A web application in a process of its own: a basket in the session. Prints its port once it serves. */
public final class BasketServer {
    private BasketServer() {}

    /** @param args the nodes' addresses and what the server calls itself */
    public static void main(String[] args) throws IOException, LifecycleException {
        Archipel archipel = Archipel.connect(args[0]);
        DocumentSessionRepository sessions =
                new DocumentSessionRepository(archipel.database("sessions"), InstantSource.system());
        sessions.prepare();
        Path directory = Files.createTempDirectory("basket");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        Context context = tomcat.addContext("", directory.toString());
        FilterDef filter = new FilterDef();
        filter.setFilterName("sessions");
        filter.setFilter(new SessionRepositoryFilter<>(sessions));
        context.addFilterDef(filter);
        FilterMap everywhere = new FilterMap();
        everywhere.setFilterName("sessions");
        everywhere.addURLPattern("/*");
        context.addFilterMap(everywhere);
        Tomcat.addServlet(context, "basket", new Basket(args[1])).addMapping("/basket");
        tomcat.start();
        System.out.println("port " + tomcat.getConnector().getLocalPort());
        System.out.flush();
        tomcat.getServer().await();
    }

    /** POST puts an item in, GET shows all: server, session, items. */
    private static final class Basket extends HttpServlet {
        private static final long serialVersionUID = 1;

        private final String server;

        private Basket(String server) {
            this.server = server;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            HttpSession session = request.getSession();
            List<String> items = items(session);
            items.add(request.getParameter("item"));
            session.setAttribute("basket", new ArrayList<>(items));
            doGet(request, response);
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            HttpSession session = request.getSession();
            response.setContentType("text/plain");
            response.getWriter().print(server + " " + session.getId() + " " + items(session));
        }

        private static List<String> items(HttpSession session) {
            List<String> items = new ArrayList<>();
            if (session.getAttribute("basket") instanceof List<?> stored) {
                stored.forEach(item -> items.add(String.valueOf(item)));
            }
            return items;
        }
    }
}
