"""What every page of the web needs: request context, session, security, errors, frame, paging, health."""
