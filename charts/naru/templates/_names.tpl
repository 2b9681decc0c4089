{{- define "naru.umbrella.labels" -}}
app.kubernetes.io/name: naru
app.kubernetes.io/part-of: naru
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
