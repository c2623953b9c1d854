{{- define "database.metadata" -}}
namespace: {{ .root.Release.Namespace }}
labels:
  app: {{ .name }}
  app.kubernetes.io/name: {{ .name }}
  app.kubernetes.io/part-of: damacorch-database
  app.kubernetes.io/instance: {{ .root.Release.Name }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}
